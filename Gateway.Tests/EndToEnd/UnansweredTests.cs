using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Gateway.Configuration;
using Gateway.Recording;
using Gateway.Requests;
using Gateway.Tests.Support;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>An upstream that takes a request and closes without a word: it gets the request again only when the gateway says so, and counts it.</summary>
[Trait("row", "U4")]
public class UnansweredTests
{
    [Theory]
    [InlineData("GET", 4)]
    [InlineData("HEAD", 4)]
    [InlineData("OPTIONS", 4)]
    [InlineData("DELETE", 1)]
    [InlineData("POST", 1)]
    public async Task Closed_WithoutAnAnswer_TheUpstreamWasCalledAsOftenAsTold(string method, int attempts)
    {
        List<string> requests = [];
        await using RawUpstream upstream = RawUpstream.Start("", requests);
        await using Rig rig = await StartAsync(upstream);

        HttpResponseMessage answer = await rig.SendAsync(rig.Request(Rig.Batch, HttpMethod.Parse(method), "/v1/files/x")).Soon();

        Assert.Equal((HttpStatusCode.BadGateway, Text(attempts)), (answer.StatusCode, answer.Header("x-gateway-attempts")));
        Assert.Equal(attempts, requests.Count);
        AccessRecord record = Assert.Single(await rig.AssertQuietAsync(1, 1));
        Assert.Equal((Outcome.UpstreamReset, attempts, attempts - 1), (record.Outcome, record.Attempts, record.Retries));
    }

    [Fact]
    public async Task Closed_WithoutAnAnswerToAHandshake_TheUpstreamWasCalledAsOftenAsTold()
    {
        List<string> requests = [];
        await using RawUpstream upstream = RawUpstream.Start("", requests);
        await using Rig rig = await StartAsync(upstream);

        HttpResponseMessage answer = await rig.SendAsync(rig.Request(
            Rig.Batch, HttpMethod.Get, "/v1/realtime?model=m", null,
            "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==")).Soon();

        Assert.Equal((HttpStatusCode.BadGateway, Text(requests.Count)), (answer.StatusCode, answer.Header("x-gateway-attempts")));
        Assert.InRange(requests.Count, 1, 4);
        Assert.Equal(requests.Count, Assert.Single(await rig.AssertQuietAsync(1, 1)).Attempts);
    }

    [Fact]
    public async Task Delete_DoneButNotAnswered_TheCallerIsNotToldThatThereWasNothing()
    {
        int calls = 0;
        await using RawUpstream upstream = RawUpstream.Start(async (connection, _) =>
        {
            if (Interlocked.Increment(ref calls) > 1)
            {
                await connection.WriteAsync("HTTP/1.1 404 Gone\r\nContent-Length: 2\r\n\r\n{}"u8.ToArray());
            }

            return RawUpstream.Closing.Orderly;
        });
        await using Rig rig = await StartAsync(upstream);

        HttpResponseMessage answer = await rig.SendAsync(rig.Request(Rig.Batch, HttpMethod.Delete, "/v1/files/x")).Soon();

        Assert.Equal((HttpStatusCode.BadGateway, 1), (answer.StatusCode, calls));
        await rig.AssertQuietAsync(1, 1);
    }

    [Fact]
    public async Task Delete_IdleConnectionClosedBefore_GoesOverANewOne()
    {
        int calls = 0;
        var closed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using RawUpstream upstream = RawUpstream.Start(async (connection, _) =>
        {
            await connection.WriteAsync(Encoding.Latin1.GetBytes($"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n{Interlocked.Increment(ref calls)}"));
            connection.Socket.Shutdown(SocketShutdown.Send);
            closed.TrySetResult();
            return RawUpstream.Closing.Orderly;
        });
        await using Rig rig = await StartAsync(upstream);

        string first = await (await rig.SendAsync(rig.Request(Rig.Batch, HttpMethod.Delete, "/v1/files/x")).Soon()).TextAsync();
        await closed.Task.Soon();
        HttpResponseMessage second = await rig.SendAsync(rig.Request(Rig.Batch, HttpMethod.Delete, "/v1/files/y")).Soon();

        Assert.Equal(("1", "2", "1", 2), (first, await second.TextAsync(), second.Header("x-gateway-attempts"), calls));
        await rig.AssertQuietAsync(2, 1);
    }

    private static string Text(int attempts) => attempts.ToString(CultureInfo.InvariantCulture);

    private static Task<Rig> StartAsync(RawUpstream upstream) => Rig.StartAsync(1, options => options with
    {
        Instances = [GatewayHost.Instance(upstream.BaseAddress, 1)],
        Retries = new RetryOptions { BaseDelay = TimeSpan.Zero, Budget = 1 },
    });
}
