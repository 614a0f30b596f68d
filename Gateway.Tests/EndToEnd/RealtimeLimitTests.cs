using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using Gateway.Configuration;
using Gateway.Management;
using Gateway.Recording;
using Gateway.Requests;
using Gateway.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>The gateway ends a tunnel itself: at a time limit, or when it leaves. And no side can make the other one's bytes pile up.</summary>
public class RealtimeLimitTests
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(400);

    [Theory]
    [InlineData(false, "timeouts.idle")]
    [InlineData(true, "timeouts.total")]
    [Trait("row", "U8")]
    public async Task Limit_Passes_BothSidesAreToldInACloseFrame(bool total, string reason)
    {
        await using Rig rig = await Rig.StartAsync(1, options => options with
        {
            Timeouts = total ? new TimeoutOptions { Total = Short } : new TimeoutOptions { Idle = Short },
        });
        var seen = new TaskCompletionSource<(int?, string?)>(TaskCreationOptions.RunContinuationsAsynchronously);
        rig.Upstream.RespondToSockets(async (_, socket) =>
        {
            await socket.ReceiveAsync();
            seen.SetResult(((int?)socket.CloseStatus, socket.CloseStatusDescription));
        });
        using ClientWebSocket socket = await Realtime.ConnectAsync(rig, Rig.Batch);

        Assert.Equal(WebSocketMessageType.Close, (await socket.ReceiveAsync()).Type);
        Assert.Equal(WebSocketCloseStatus.EndpointUnavailable, socket.CloseStatus);
        Assert.Contains(reason, socket.CloseStatusDescription, StringComparison.Ordinal);
        Assert.Equal((1001, socket.CloseStatusDescription), await seen.Task.Soon());
        await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, Rig.Cancel).Soon();
        AccessRecord record = Assert.Single(await rig.AssertQuietAsync(1, 1));
        Assert.Equal(total ? Outcome.UpstreamTotalTimeout : Outcome.UpstreamIdleTimeout, record.Outcome);
        Assert.InRange(record.Duration, Short, Short + TimeSpan.FromSeconds(2));
        Assert.Equal(0, rig.Instances.Find(0)!.Usage.Errors);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("row", "U8")]
    public async Task Idle_OneDirectionMoves_TunnelStaysOpen(bool upwards)
    {
        // Each piece comes well within the limit, all together take twice as long.
        const int Pieces = 8;
        await using Rig rig = await Rig.StartAsync(1, static options => options with { Timeouts = new TimeoutOptions { Idle = TimeSpan.FromMilliseconds(800) } });
        rig.Upstream.RespondToSockets(async (_, socket) =>
        {
            for (int i = 0; i < Pieces; i++)
            {
                await (upwards ? socket.ReceiveAsync() : SendSlowlyAsync(socket));
            }

            await socket.CloseAsync();
        });
        using ClientWebSocket socket = await Realtime.ConnectAsync(rig, Rig.Batch);

        for (int i = 0; i < Pieces; i++)
        {
            await (upwards ? SendSlowlyAsync(socket) : socket.ReceiveAsync());
        }

        Assert.Equal(WebSocketMessageType.Close, (await socket.ReceiveAsync()).Type);
        Assert.Equal(WebSocketCloseStatus.NormalClosure, socket.CloseStatus);
        await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, Rig.Cancel).Soon();
        Assert.Equal(Outcome.Relayed, Assert.Single(await rig.AssertQuietAsync(1, 1)).Outcome);
    }

    [Fact]
    [Trait("row", "U8")]
    public async Task Limit_PassesInTheMiddleOfAFrame_ConnectionBreaksInsteadOfAFrameInAFrame()
    {
        await using RawUpstream upstream = RawUpstream.Start(async (connection, handshake) =>
        {
            await connection.WriteAsync(Encoding.Latin1.GetBytes(Realtime.Agreement + "\u0081\u000aonly"));
            _ = await connection.ReadAsync(new byte[16]);
            return RawUpstream.Closing.Orderly;
        });
        await using Rig rig = await Rig.StartAsync(1, options => options with
        {
            Instances = [GatewayHost.Instance(upstream.BaseAddress, 1)],
            Timeouts = new TimeoutOptions { Idle = Short },
        });
        using RawConnection client = await OpenAsync(rig, until: "only");

        await Assert.ThrowsAsync<SocketException>(() => client.ReadToEndAsync(Rig.Cancel).Soon());

        Assert.Equal(Outcome.UpstreamIdleTimeout, Assert.Single(await rig.AssertQuietAsync(1, 1)).Outcome);
    }

    [Fact]
    [Trait("row", "U8")]
    public async Task FirstByte_UpstreamDoesNotAgreeInTime_504()
    {
        await using Rig rig = await Rig.StartAsync(1, static options => options with { Timeouts = new TimeoutOptions { FirstByte = Short } });

        Assert.Equal(504, await Realtime.RefusalAsync(rig, Rig.Batch, Realtime.Path, "x-sim-nonce: held-for-ever"));

        await rig.AssertQuietAsync(1, 1);
    }

    [Fact]
    [Trait("row", "L1")]
    public async Task Drain_LimitPasses_CallerIsToldInACloseFrame()
    {
        await using Rig rig = await Rig.StartAsync(1, static options => options with { Limits = new LimitOptions { DrainTimeout = Short } });
        using ClientWebSocket socket = await Realtime.ConnectAsync(rig, Rig.Batch);
        await socket.SendAsync("open");
        Assert.Equal("open", await socket.ReceiveTextAsync());

        Task draining = rig.Gateway.Services.GetRequiredService<DrainState>().DrainAsync();
        await socket.SendAsync("still open");
        Assert.Equal("still open", await socket.ReceiveTextAsync());
        Assert.Equal(WebSocketMessageType.Close, (await socket.ReceiveAsync()).Type);
        await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, Rig.Cancel).Soon();
        await draining.Soon();

        Assert.Equal((WebSocketCloseStatus.EndpointUnavailable, "The gateway is shutting down."), (socket.CloseStatus, socket.CloseStatusDescription));
        Assert.Equal(Outcome.Draining, Assert.Single(await rig.Gateway.Records.WaitForAsync(1)).Outcome);
        await rig.WaitUntil(static stats => stats.Live == 0);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("req", "P8")]
    public async Task SlowReader_OnEitherSide_HoldsTheOtherBack(bool callerIsSlow)
    {
        // One side sends for ever, the other reads nothing: what is on the way stays bounded.
        const int Piece = 64 << 10;
        const long Total = 64L << 20;
        await using Rig rig = await Rig.StartAsync(1, static options => options with { Timeouts = new TimeoutOptions { Idle = TimeSpan.FromSeconds(1) } });
        rig.Upstream.RespondToSockets(async (_, socket) =>
        {
            if (callerIsSlow)
            {
                await FloodAsync(socket);
            }
            else
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, Rig.Cancel).WaitAsync(Rig.Guard).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        });
        using ClientWebSocket socket = await Realtime.ConnectAsync(rig, Rig.Batch);
        Task flood = callerIsSlow ? Task.CompletedTask : FloodAsync(socket);

        // Nothing moves any more until the idle limit ends it.
        AccessRecord record = Assert.Single(await rig.Gateway.Records.WaitForAsync(1));

        Assert.Equal(Outcome.UpstreamIdleTimeout, record.Outcome);
        Assert.InRange(callerIsSlow ? record.ResponseBytes : record.RequestBytes, 1, Total / 2);
        await flood.Soon();

        async Task FloodAsync(WebSocket from)
        {
            try
            {
                byte[] piece = new byte[Piece];
                for (long sent = 0; sent < Total; sent += Piece)
                {
                    await from.SendAsync(piece, WebSocketMessageType.Binary, endOfMessage: true, Rig.Cancel);
                }
            }
            catch (Exception e) when (e is WebSocketException or IOException or OperationCanceledException or ObjectDisposedException)
            {
                // Ended by the gateway.
            }
        }
    }

    private static async Task SendSlowlyAsync(WebSocket socket)
    {
        await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, Rig.Cancel);
        await socket.SendAsync("piece");
    }

    private static async Task<RawConnection> OpenAsync(Rig rig, string until = "\r\n\r\n")
    {
        RawConnection client = await RawConnection.OpenAsync(rig.Gateway.Address(Rig.Batch), Rig.Cancel);
        await client.SendAsync(Realtime.Handshake + "\r\n", Rig.Cancel);
        await client.ReadUntilAsync(until, Rig.Cancel).Soon();
        return client;
    }
}
