using System.Net;
using System.Net.WebSockets;
using Gateway.Recording;
using Gateway.Requests;
using Gateway.Scheduling;
using Gateway.Tests.Support;
using UpstreamSimulator;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>A WebSocket is one request in its lane: it waits, holds one slot for its whole life, and may be interrupted until it is open.</summary>
public class RealtimeSchedulingTests
{
    [Theory]
    [InlineData(Rig.Urgent)]
    [InlineData(Rig.Batch)]
    [Trait("req", "P9")]
    public async Task OpenTunnel_TheOnlySlot_NextRequestWaitsForItsEnd(int tier)
    {
        await using Rig rig = await Rig.StartAsync();
        using ClientWebSocket socket = await Realtime.ConnectAsync(rig, tier);

        Task<HttpResponseMessage> next = rig.ChatAsync(tier, "next");
        await rig.WaitForDepthAsync(1);
        await socket.SendAsync("still here");
        Assert.Equal("still here", await socket.ReceiveTextAsync());
        Assert.False(next.IsCompleted);
        await socket.CloseAsync();

        Assert.Equal(HttpStatusCode.OK, (await next.Soon()).StatusCode);
        await rig.AssertQuietAndBilledAsync(2, 1);
    }

    [Fact]
    [Trait("req", "P3")]
    public async Task WaitingTunnel_SlotIsTaken_OpensWhenItIsItsTurn()
    {
        await using Rig rig = await Rig.StartAsync();
        Task<HttpResponseMessage>[] running = await rig.HoldAsync(Rig.Normal, 1);
        (ClientWebSocket socket, Task connected) = Realtime.Connecting(rig, Rig.Batch);
        using ClientWebSocket opened = socket;
        await rig.WaitForDepthAsync(1);
        Assert.False(connected.IsCompleted);

        rig.Held.ReleaseAll();
        await connected.Soon();
        await socket.SendAsync("now");

        Assert.Equal("now", await socket.ReceiveTextAsync());
        await socket.CloseAsync();
        await Task.WhenAll(running).Soon();
        await rig.AssertQuietAndBilledAsync(2, 1);
    }

    [Fact]
    [Trait("req", "P7")]
    public async Task OpenTunnel_UrgentCallArrives_IsNotInterrupted()
    {
        await using Rig rig = await Rig.StartAsync();
        using ClientWebSocket socket = await Realtime.ConnectAsync(rig, Rig.Batch);

        Task<HttpResponseMessage> urgent = rig.ChatAsync(Rig.Urgent, "urgent");
        await rig.WaitForSchedulerAsync(static state =>
            state.Tiers.Sum(static tier => tier.Depth) == 1 && state.Instances is [{ Running: 1, Ending: 0 }]);
        await socket.SendAsync("undisturbed");

        Assert.Equal("undisturbed", await socket.ReceiveTextAsync());
        await socket.CloseAsync();
        Assert.Equal(HttpStatusCode.OK, (await urgent.Soon()).StatusCode);
        Assert.All(await rig.AssertQuietAndBilledAsync(2, 1), static record => Assert.Equal((0, 1), (record.Preemptions, record.Attempts)));
    }

    [Fact]
    [Trait("req", "P5")]
    public async Task TunnelNotOpenYet_UrgentCallArrives_IsRequeuedAndOpensOnceLater()
    {
        await using Rig rig = await Rig.StartAsync();
        using RawConnection client = await RawConnection.OpenAsync(rig.Gateway.Address(Rig.Batch), Rig.Cancel);
        await client.SendAsync(Realtime.Handshake + "x-sim-nonce: held-tunnel\r\n\r\n", Rig.Cancel);
        await rig.WaitUntil(static stats => stats.Live == 1);

        HttpResponseMessage urgent = await rig.ChatAsync(Rig.Urgent, "urgent").Soon();
        await rig.WaitUntil(static stats => stats is { Started: 3, Live: 1 });
        rig.Held.ReleaseAll();
        string head = await client.ReadUntilAsync("\r\n\r\n", Rig.Cancel).Soon();
        await client.SendAsync("\u0089\u0083\0\0\0\0abc", Rig.Cancel);
        string pong = await client.ReadUntilAsync("abc", Rig.Cancel).Soon();
        client.Dispose();

        Assert.Equal(HttpStatusCode.OK, urgent.StatusCode);
        Assert.StartsWith("HTTP/1.1 101 ", head, StringComparison.Ordinal);
        Assert.Contains("\r\nx-gateway-attempts: 2\r\n", head, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\n", head, StringComparison.Ordinal);
        Assert.Equal("\u008a\u0003abc", pong);
        Assert.Equal(["held-tunnel", "urgent", "held-tunnel"], rig.Upstream.Requests.Select(static request => request.Header("x-sim-nonce")[0]));
        IReadOnlyList<AccessRecord> records = await rig.AssertQuietAsync(2, 1);
        Assert.Single(records, static record => record is { Preemptions: 1, Attempts: 2, Outcome: Outcome.CallerGone });
    }

    [Fact]
    [Trait("req", "P5")]
    public async Task AgreementComesWhileInterrupted_CallerHearsOnlyOfTheLaterOne()
    {
        // The upstream agrees only after its call was abandoned: nothing of that may reach the caller.
        int calls = 0;
        await using RawUpstream upstream = RawUpstream.Start(async (connection, request) =>
        {
            if (request.Contains("/realtime", StringComparison.Ordinal) && Interlocked.Increment(ref calls) == 1)
            {
                byte[] end = new byte[1];
                Assert.Equal(0, await connection.ReadAsync(end));
                await connection.WriteAsync(System.Text.Encoding.Latin1.GetBytes(Realtime.Agreement + "\u0081\u0003bad"));
                return RawUpstream.Closing.Orderly;
            }

            string answer = request.Contains("/realtime", StringComparison.Ordinal)
                ? Realtime.Agreement + "\u0081\u0004good\u0088\u0002\u0003\u00e8"
                : "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";
            await connection.WriteAsync(System.Text.Encoding.Latin1.GetBytes(answer));
            return RawUpstream.Closing.Orderly;
        });
        await using Rig rig = await Rig.StartAsync(1, options => options with { Instances = [GatewayHost.Instance(upstream.BaseAddress, 1)] });
        using RawConnection client = await RawConnection.OpenAsync(rig.Gateway.Address(Rig.Batch), Rig.Cancel);
        await client.SendAsync(Realtime.Handshake + "\r\n", Rig.Cancel);
        await rig.WaitForSchedulerAsync(_ => Volatile.Read(ref calls) == 1);

        HttpResponseMessage urgent = await rig.ChatAsync(Rig.Urgent, "urgent").Soon();
        string all = await client.ReadToEndAsync(Rig.Cancel).Soon();

        Assert.Equal(HttpStatusCode.OK, urgent.StatusCode);
        Assert.Equal(2, all.Split("HTTP/1.1 101 ").Length);
        Assert.EndsWith("\u0081\u0004good\u0088\u0002\u0003\u00e8", all, StringComparison.Ordinal);
        Assert.DoesNotContain("bad", all, StringComparison.Ordinal);
        await rig.AssertQuietAsync(2, 1);
    }

    [Fact]
    [Trait("req", "P8")]
    public async Task Model_InTheQuery_ChoosesTheInstance()
    {
        await using SimulatorHost other = await SimulatorApp.StartAsync(new SimulatorOptions { Port = 0 });
        await using Rig rig = await Rig.StartAsync(1, options => options with
        {
            Instances =
            [
                options.Instances[0] with { SupportedModels = ["gpt-realtime"] },
                GatewayHost.Instance(other.BaseAddress, 1, "other") with { SupportedModels = ["org/other model"] },
            ],
        });

        foreach (string path in (string[])["/v1/realtime?model=org%2Fother+model", "/v1/realtime?deployment=org/other%20model", "/v1/realtime?x=1&model=gpt-realtime"])
        {
            using ClientWebSocket socket = await Realtime.ConnectAsync(rig, Rig.Batch, path);
            await socket.CloseAsync();
        }

        Assert.Equal(404, await Realtime.RefusalAsync(rig, Rig.Batch, "/v1/realtime?model=unknown"));
        Assert.Equal(400, await Realtime.RefusalAsync(rig, Rig.Batch, "/v1/realtime?model=gpt-realtime&model=org/other"));
        Assert.Equal(400, await Realtime.RefusalAsync(rig, Rig.Batch, "/v1/realtime?model=gpt-realtime&deploymen%74=gpt-realtime"));
        Assert.Equal((2, 1), (other.Stats.Started, rig.Upstream.Stats.Started));
        await rig.AssertQuietAsync(6, 1);
    }
}
