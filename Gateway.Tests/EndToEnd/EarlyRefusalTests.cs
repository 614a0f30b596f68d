using System.Net;
using System.Net.Sockets;
using System.Text;
using Gateway.Configuration;
using Gateway.Requests;
using Gateway.Tests.Support;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>An upstream that refuses an upload before it has read it: the caller gets its words, and the body goes up once.</summary>
[Trait("row", "U4")]
public class EarlyRefusalTests
{
    private const string Refusal = "HTTP/1.1 413 Too Large\r\nContent-Type: application/json\r\nContent-Length: 17\r\nx-why: length\r\n\r\n{\"error\":\"large\"}";

    /// <summary>Far more than the buffers of both ends take.</summary>
    private const int Length = 24 << 20;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Refused_AnswerBeforeTheBody_ReachesTheCallerAfterOneAttempt(bool reuses)
    {
        int connections = 0, calls = 0;
        var over = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using RawUpstream upstream = RawUpstream.Start(async (connection, _) =>
        {
            Interlocked.Increment(ref connections);
            if (reuses)
            {
                await connection.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"u8.ToArray());
                await connection.ReadExactlyAsync(new byte[1]);
            }

            Interlocked.Increment(ref calls);
            await connection.WriteAsync(Encoding.Latin1.GetBytes(Refusal));
            await over.Task;
            return RawUpstream.Closing.Reset;
        }, readBody: false);
        await using Rig rig = await StartAsync(upstream);
        if (reuses)
        {
            Assert.Equal("{}", await (await rig.SendAsync(rig.Request(Rig.Batch, HttpMethod.Get, "/v1/files")).Soon()).TextAsync());
        }

        HttpResponseMessage answer = await UploadAsync(rig).Soon();
        string text = await answer.TextAsync();
        over.SetResult();

        Assert.Equal((413, "{\"error\":\"large\"}", "length", "1"), ((int)answer.StatusCode, text, answer.Header("x-why"), answer.Header("x-gateway-attempts")));
        Assert.Equal((1, 1), (connections, calls));
        Assert.Equal(Outcome.Relayed, (await rig.AssertQuietAsync(reuses ? 2 : 1, 1))[^1].Outcome);
    }

    [Fact]
    public async Task Refused_ThenReset_TheAnswerIsStillRead()
    {
        int calls = 0;
        await using RawUpstream upstream = RawUpstream.Start(async (connection, _) =>
        {
            Interlocked.Increment(ref calls);
            await connection.WriteAsync(Encoding.Latin1.GetBytes(Refusal));
            connection.Socket.Shutdown(SocketShutdown.Send);
            return RawUpstream.Closing.Reset;
        }, readBody: false);
        await using Rig rig = await StartAsync(upstream);

        HttpResponseMessage answer = await UploadAsync(rig).Soon();

        Assert.Equal((413, "{\"error\":\"large\"}", 1), ((int)answer.StatusCode, await answer.TextAsync(), calls));
        await rig.AssertQuietAsync(1, 1);
    }

    [Theory]
    [InlineData("")]
    [InlineData("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n")]
    public async Task Agreed_BeforeTheBody_TheWholeBodyIsSent(string before)
    {
        long received = 0;
        await using RawUpstream upstream = RawUpstream.Start(async (connection, head) =>
        {
            await connection.WriteAsync(Encoding.Latin1.GetBytes(before + "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"));
            long length = Length + head.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4 - head.Length;
            byte[] buffer = new byte[64 << 10];
            while (received < length && await connection.ReadAsync(buffer) is > 0 and int read)
            {
                received += read;
            }

            received += head.Length - head.IndexOf("\r\n\r\n", StringComparison.Ordinal) - 4;
            await connection.WriteAsync("{}"u8.ToArray());
            return RawUpstream.Closing.Orderly;
        }, readBody: false);
        await using Rig rig = await StartAsync(upstream);

        HttpResponseMessage answer = await UploadAsync(rig).Soon();

        Assert.Equal((HttpStatusCode.OK, "{}", (long)Length), (answer.StatusCode, await answer.TextAsync(), received));
        await rig.AssertQuietAsync(1, 1);
    }

    [Fact]
    public async Task Reset_WithoutAnAnswer_IsRetriedAsOneThatWasNotSent()
    {
        int calls = 0;
        await using RawUpstream upstream = RawUpstream.Start((_, _) =>
        {
            Interlocked.Increment(ref calls);
            return Task.FromResult(RawUpstream.Closing.Reset);
        }, readBody: false);
        await using Rig rig = await StartAsync(upstream);

        HttpResponseMessage answer = await UploadAsync(rig).Soon();

        Assert.Equal((HttpStatusCode.BadGateway, "4", 4), (answer.StatusCode, answer.Header("x-gateway-attempts"), calls));
        await rig.AssertQuietAsync(1, 1);
    }

    private static Task<HttpResponseMessage> UploadAsync(Rig rig) =>
        rig.SendAsync(rig.Request(Rig.Batch, HttpMethod.Post, "/v1/files", new ByteArrayContent(new byte[Length])));

    private static Task<Rig> StartAsync(RawUpstream upstream) => Rig.StartAsync(1, options => options with
    {
        Instances = [GatewayHost.Instance(upstream.BaseAddress, 1)],
        Limits = new LimitOptions { MaxUploadBytes = 1L << 30 },
        Retries = new RetryOptions { BaseDelay = TimeSpan.Zero, Budget = 1 },
    });
}
