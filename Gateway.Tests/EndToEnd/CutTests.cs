using System.Net;
using System.Text;
using Gateway.Requests;
using Gateway.Tests.Support;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>An answer that broke off upstream must never look whole to the caller.</summary>
public class CutTests
{
    private const string Plain =
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 60\r\n\r\n{\"id\":\"c\",\"choices\":[{\"index\":0,\"finish_reason\":\"stop\"}]}   ";

    private static readonly string Stream = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
        + Chunk("data: {\"choices\":[{\"delta\":{\"role\":\"assistant\"}}]}\n\n") + Chunk("data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n")
        + Chunk("data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n") + Chunk("data: [DONE]\n\n") + "0\r\n\r\n";

    [Theory]
    [InlineData(false, Rig.Urgent, false)]
    [InlineData(false, Rig.Batch, true)]
    [InlineData(true, Rig.Urgent, false)]
    [InlineData(true, Rig.Urgent, true)]
    [InlineData(true, Rig.Batch, false)]
    [InlineData(true, Rig.Batch, true)]
    [Trait("row", "U10")]
    [Trait("req", "P8")]
    public async Task Answer_CutAtAnyByte_NeverEndsCleanly(bool stream, int tier, bool reset)
    {
        const int Slots = 8;
        string wire = stream ? Stream : Plain;
        await using RawUpstream upstream = RawUpstream.Start(async (connection, request) =>
        {
            int cut = int.Parse(request.Split("x-cut: ")[1].Split("\r\n")[0], System.Globalization.CultureInfo.InvariantCulture);
            await connection.WriteAsync(Encoding.Latin1.GetBytes(wire[..cut]));
            return reset ? RawUpstream.Closing.Reset : RawUpstream.Closing.Orderly;
        });
        await using Rig rig = await StartAsync(upstream, Slots);

        for (int cut = 0; cut < wire.Length; cut += Slots)
        {
            int[] cuts = [.. Enumerable.Range(cut, Math.Min(Slots, wire.Length - cut))];
            bool[] clean = await Task.WhenAll(cuts.Select(at => EndsCleanlyAsync(rig, tier, at))).Soon();
            Assert.All(cuts.Zip(clean), static one => Assert.False(one.Second, $"cut at byte {one.First}"));
        }

        Assert.All(await rig.AssertQuietAsync(wire.Length, Slots), static record => Assert.NotEqual(Outcome.Relayed, record.Outcome));
        Assert.True(reset || await EndsCleanlyAsync(rig, tier, wire.Length), "the whole answer is one");
    }

    /// <summary>What came of it is the caller's, its head above all: without one the SDKs send the request again, and the provider bills again.</summary>
    [Theory]
    [InlineData("Transfer-Encoding: chunked\r\n", Rig.Urgent)]
    [InlineData("Transfer-Encoding: chunked\r\n", Rig.Batch)]
    [InlineData("Content-Length: 200\r\n", Rig.Urgent)]
    [InlineData("Content-Length: 200\r\n", Rig.Batch)]
    [InlineData("", Rig.Urgent)]
    [InlineData("", Rig.Batch)]
    [Trait("row", "U10")]
    [Trait("req", "P8")]
    public async Task Answer_CutAtOnce_ReachesTheCallerAsFarAsItCame(string framing, int tier)
    {
        const int Calls = 40;
        const string Event = "data: {\"choices\":[{\"delta\":{\"content\":\"so far\"}}]}\n\n";
        bool isChunked = framing.Contains("chunked", StringComparison.Ordinal);
        await using RawUpstream upstream = RawUpstream.Start(
            $"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n{framing}Connection: close\r\n\r\n{(isChunked ? Chunk(Event) : Event)}");
        await using Rig rig = await StartAsync(upstream, 1);

        for (int call = 0; call < Calls; call++)
        {
            using RawConnection client = await RawConnection.OpenAsync(rig.Gateway.Address(tier), Rig.Cancel);
            await client.PostAsync("/v1/chat/completions", Rig.ChatBody(tier, stream: true), "", Rig.Cancel);
            string answer = await client.ReadToEndAsync(Rig.Cancel).Soon();
            Assert.StartsWith("HTTP/1.1 200 OK\r\n", answer, StringComparison.Ordinal);
            Assert.Contains(Event, answer, StringComparison.Ordinal);
            Assert.DoesNotContain("\r\n0\r\n", answer, StringComparison.Ordinal);
        }

        Assert.All(await rig.AssertQuietAsync(Calls, 1), static record => Assert.Equal(Outcome.UpstreamCut, record.Outcome));
        Assert.DoesNotContain("unhandled exception", rig.Gateway.Log(), StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("no-finish", Rig.Urgent)]
    [InlineData("no-finish", Rig.Batch)]
    [InlineData("truncate:900", Rig.Urgent)]
    [InlineData("truncate:900", Rig.Batch)]
    [InlineData("reset-after:3", Rig.Urgent)]
    [InlineData("reset-after:3", Rig.Batch)]
    [Trait("row", "U10")]
    [Trait("req", "P8")]
    public async Task Stream_EndsWithoutItsEnd_CallerSeesABrokenTransfer(string fail, int tier)
    {
        await using Rig rig = await Rig.StartAsync();

        await Assert.ThrowsAsync<HttpRequestException>(async () =>
            await (await rig.ChatAsync(tier, "n", stream: true, knobs: [$"fail={fail}"]).Soon()).TextAsync());

        Assert.Equal(Outcome.UpstreamCut, Assert.Single(await rig.AssertQuietAndBilledAsync(1, 1)).Outcome);
    }

    [Theory]
    [InlineData(Rig.Urgent)]
    [InlineData(Rig.Batch)]
    [Trait("req", "P8")]
    public async Task Stream_FinishReasonButNoDone_IsWhole(int tier)
    {
        await using Rig rig = await Rig.StartAsync();

        HttpResponseMessage answer = await rig.ChatAsync(tier, "n", stream: true, knobs: ["fail=no-done"]).Soon();

        Assert.Contains("\"finish_reason\":\"stop\"", await answer.TextAsync(), StringComparison.Ordinal);
        Assert.Equal(Outcome.Relayed, Assert.Single(await rig.AssertQuietAndBilledAsync(1, 1)).Outcome);
    }

    [Theory]
    [InlineData(Rig.Urgent, "reset-before-headers")]
    [InlineData(Rig.Batch, "reset-before-headers")]
    [Trait("req", "P8")]
    public async Task Upstream_ResetsBeforeTheHead_502OnceAndNotRetried(int tier, string fail)
    {
        await using Rig rig = await Rig.StartAsync();

        HttpResponseMessage answer = await rig.ChatAsync(tier, "n", knobs: [$"fail={fail}"]).Soon();

        Assert.Equal(HttpStatusCode.BadGateway, answer.StatusCode);
        Assert.Equal("upstream_reset", (await answer.JsonAsync()).GetProperty("error").GetProperty("code").GetString());
        Assert.Equal(1, rig.Upstream.Stats.Started);
        await rig.AssertQuietAndBilledAsync(1, 1);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("row", "U10")]
    [Trait("req", "P8")]
    public async Task OldClient_StreamIsCut_ConnectionIsResetNotClosed(bool streaming)
    {
        // HTTP/1.0 has no other end than the connection's, so only a reset tells a broken answer from a whole one.
        string wire = streaming ? Stream[..^40] : "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + Chunk("{\"a\":1");
        await using RawUpstream upstream = RawUpstream.Start(wire);
        await using Rig rig = await StartAsync(upstream, 1);
        using RawConnection client = await RawConnection.OpenAsync(rig.Gateway.Address(Rig.Urgent), Rig.Cancel);

        await client.SendAsync("GET /v1/chat/completions HTTP/1.0\r\nHost: g\r\n\r\n", Rig.Cancel);

        await Assert.ThrowsAsync<System.Net.Sockets.SocketException>(() => client.ReadToEndAsync(Rig.Cancel).Soon());
    }

    private static async Task<bool> EndsCleanlyAsync(Rig rig, int tier, int cut)
    {
        using HttpRequestMessage request = rig.Request(
            tier, HttpMethod.Post, "/v1/chat/completions", Rig.Json(Rig.ChatBody(tier, stream: true)), $"x-cut: {cut}");
        try
        {
            using HttpResponseMessage answer = await rig.SendAsync(request);
            await answer.Content.ReadAsByteArrayAsync(Rig.Cancel);
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static Task<Rig> StartAsync(RawUpstream upstream, int slots) =>
        Rig.StartAsync(slots, options => options with { Instances = [GatewayHost.Instance(upstream.BaseAddress, slots)] });

    private static string Chunk(string text) => $"{text.Length:x}\r\n{text}\r\n";
}
