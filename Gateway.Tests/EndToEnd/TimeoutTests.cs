using System.Net;
using System.Net.Sockets;
using Gateway.Configuration;
using Gateway.Requests;
using Gateway.Tests.Support;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>The four time limits and a refused connection: what the caller is told, and that the slot comes back.</summary>
[Trait("row", "U8")]
public class TimeoutTests
{
    /// <summary>Long enough for a call to reach its upstream on a busy machine.</summary>
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(500);

    [Theory]
    [InlineData(Rig.Urgent, false, 1)]
    [InlineData(Rig.Batch, false, 3)]
    [InlineData(Rig.Urgent, true, 3)]
    [InlineData(Rig.Batch, true, 1)]
    [Trait("req", "P12")]
    public async Task FirstByte_DoesNotCome_504AndSlotIsFreed(int tier, bool stream, int slots)
    {
        await using Rig rig = await StartAsync(slots, new TimeoutOptions { FirstByte = Short });

        HttpResponseMessage[] answers = await Task.WhenAll(Enumerable.Range(0, slots).Select(i => rig.ChatAsync(tier, $"n{i}", stream, ["fail=hang"]))).Soon();

        foreach (HttpResponseMessage answer in answers)
        {
            await AssertErrorAsync(answer, HttpStatusCode.GatewayTimeout, "upstream_timeout");
        }

        await rig.WaitUntil(static stats => stats.Live == 0);

        // However long that one takes.
        rig.Gateway.Options.Edit(static options => options with { Timeouts = new TimeoutOptions() });
        Assert.Equal(HttpStatusCode.OK, (await rig.ChatAsync(tier, "next").Soon()).StatusCode);
        await rig.AssertQuietAndBilledAsync(slots + 1, slots);
    }

    [Theory]
    [InlineData(Rig.Urgent)]
    [InlineData(Rig.Batch)]
    [Trait("req", "P12")]
    public async Task Idle_MidStream_ErrorEventEndsTheStream(int tier)
    {
        await using Rig rig = await StartAsync(1, new TimeoutOptions { Idle = Short });

        HttpResponseMessage answer = await rig.ChatAsync(tier, "paused-stream", stream: true).Soon();
        string text = await answer.TextAsync();

        AssertEndsWithError(text, HeldCalls.FirstHalf, "upstream_idle_timeout");
        Assert.Equal(Outcome.UpstreamIdleTimeout, Assert.Single(await rig.AssertQuietAsync(1, 1)).Outcome);
    }

    [Fact]
    [Trait("req", "P12")]
    public async Task Idle_HeadIsHeldBack_504BecauseNothingWasSentYet()
    {
        await using Rig rig = await StartAsync(1, new TimeoutOptions { Idle = Short });

        HttpResponseMessage answer = await rig.ChatAsync(Rig.Batch, "n", stream: true, knobs: ["fail=hang", "early-head=1"]).Soon();

        await AssertErrorAsync(answer, HttpStatusCode.GatewayTimeout, "upstream_idle_timeout");
        await rig.AssertQuietAndBilledAsync(1, 1);
    }

    [Fact]
    [Trait("req", "P12")]
    public async Task Idle_MidPlainAnswer_CallerSeesABrokenTransfer()
    {
        await using Rig rig = await StartAsync(1, new TimeoutOptions { Idle = Short });

        HttpResponseMessage answer = await rig.ChatAsync(Rig.Batch, "paused-plain").Soon();

        await Assert.ThrowsAsync<HttpRequestException>(answer.TextAsync);
        await rig.AssertQuietAsync(1, 1);
    }

    [Theory]
    [InlineData(Rig.Urgent)]
    [InlineData(Rig.Batch)]
    [Trait("req", "P12")]
    public async Task Total_LongStream_ErrorEventEndsIt(int tier)
    {
        await using Rig rig = await StartAsync(1, new TimeoutOptions { Total = TimeSpan.FromMilliseconds(400) });

        HttpResponseMessage answer = await rig.ChatAsync(tier, "n", stream: true, knobs: ["tokens=100000", "tps=100"]).Soon();
        string text = await answer.TextAsync();

        AssertEndsWithError(text, "data: {", "upstream_total_timeout");
        await rig.AssertQuietAndBilledAsync(1, 1);
    }

    [Fact]
    [Trait("req", "P12")]
    public async Task Total_NoAnswerYet_504()
    {
        await using Rig rig = await StartAsync(1, new TimeoutOptions { Total = Short });

        HttpResponseMessage answer = await rig.ChatAsync(Rig.Batch, "n", knobs: ["fail=hang"]).Soon();

        await AssertErrorAsync(answer, HttpStatusCode.GatewayTimeout, "upstream_total_timeout");
        await rig.AssertQuietAndBilledAsync(1, 1);
    }

    [Fact]
    [Trait("req", "P12")]
    public async Task Idle_StreamKeepsComing_IsNeverCut()
    {
        await using Rig rig = await StartAsync(1, new TimeoutOptions { FirstByte = TimeSpan.FromSeconds(5), Idle = TimeSpan.FromMilliseconds(700) });

        HttpResponseMessage answer = await rig.ChatAsync(Rig.Batch, "n", stream: true, knobs: ["tokens=75", "tps=50"]).Soon();

        Assert.EndsWith("data: [DONE]\n\n", await answer.TextAsync(), StringComparison.Ordinal);
        await rig.AssertQuietAndBilledAsync(1, 1);
    }

    [Theory]
    [InlineData(Rig.Urgent, 1)]
    [InlineData(Rig.Batch, 3)]
    [Trait("req", "P12")]
    public async Task Connect_Refused_502AndSlotIsFreed(int tier, int slots)
    {
        // Bound but not listening: nobody else can take the port, and connecting to it is refused.
        using var closed = new Socket(SocketType.Stream, ProtocolType.Tcp);
        closed.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var address = new Uri($"http://127.0.0.1:{((IPEndPoint)closed.LocalEndPoint!).Port}/");
        await using Rig rig = await Rig.StartAsync(slots, options => options with { Instances = [GatewayHost.Instance(address, slots)] });

        for (int i = 0; i < 2 * slots; i++)
        {
            await AssertErrorAsync(await rig.ChatAsync(tier, "n").Soon(), HttpStatusCode.BadGateway, "upstream_unreachable");
        }

        await rig.AssertQuietAsync(2 * slots, slots);
    }

    [Theory]
    [InlineData(Rig.Urgent)]
    [InlineData(Rig.Batch)]
    [Trait("req", "P12")]
    public async Task Connect_NeverAccepted_502AndSlotIsFreed(int tier)
    {
        // A backlog that is full: the system lets further callers knock without an answer.
        using var full = new Socket(SocketType.Stream, ProtocolType.Tcp);
        full.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        full.Listen(0);
        using var first = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await first.ConnectAsync(full.LocalEndPoint!, Rig.Cancel).AsTask().Soon();
        var address = new Uri($"http://127.0.0.1:{((IPEndPoint)full.LocalEndPoint!).Port}/");
        await using Rig rig = await Rig.StartAsync(1, options => options with
        {
            Instances = [GatewayHost.Instance(address, 1)],
            Timeouts = new TimeoutOptions { Connect = Short },
        });

        for (int i = 0; i < 2; i++)
        {
            await AssertErrorAsync(await rig.ChatAsync(tier, "n").Soon(), HttpStatusCode.BadGateway, "upstream_unreachable");
        }

        await rig.AssertQuietAsync(2, 1);
    }

    private static Task<Rig> StartAsync(int slots, TimeoutOptions timeouts) => Rig.StartAsync(slots, options => options with { Timeouts = timeouts });

    private static async Task AssertErrorAsync(HttpResponseMessage answer, HttpStatusCode status, string code)
    {
        Assert.Equal((status, "application/json"), (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
        Assert.Equal(code, (await answer.JsonAsync()).GetProperty("error").GetProperty("code").GetString());
    }

    /// <summary>The end is our own doing, so the caller may be told in the stream's own words; it is no clean end to any client library.</summary>
    private static void AssertEndsWithError(string text, string begin, string code)
    {
        Assert.Contains(begin, text, StringComparison.Ordinal);
        string last = text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries)[^1];
        Assert.StartsWith("data: {\"error\":{", last, StringComparison.Ordinal);
        Assert.Contains(code, last, StringComparison.Ordinal);
        Assert.DoesNotContain("[DONE]", text, StringComparison.Ordinal);
    }
}
