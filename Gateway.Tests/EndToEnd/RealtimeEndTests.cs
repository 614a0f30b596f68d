using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using Gateway.Configuration;
using Gateway.Management;
using Gateway.Recording;
using Gateway.Requests;
using Gateway.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using UpstreamSimulator;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>However a tunnel ends, both sides learn it and the slot comes back.</summary>
public class RealtimeEndTests
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(400);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Trait("req", "P12")]
    [Trait("req", "U9")]
    public async Task Caller_Killed_UpstreamIsAbortedAndTheSlotIsBack(bool reset)
    {
        const int Rounds = 5;
        await using Rig rig = await Rig.StartAsync();
        List<double> reactions = [];
        for (int round = 1; round <= Rounds; round++)
        {
            RawConnection client = await OpenAsync(rig);
            await client.SendAsync("\u0089\u0083\0\0\0\0abc", Rig.Cancel);
            await client.ReadUntilAsync("abc", Rig.Cancel).Soon();

            long left = TimeProvider.System.GetTimestamp();
            if (reset)
            {
                client.Reset();
            }
            else
            {
                client.Dispose();
            }

            await rig.WaitUntil(stats => stats.Aborted == round && stats.Live == 0);
            reactions.Add(rig.Upstream.Calls.Max(call => TimeProvider.System.GetElapsedTime(left, call.AbortedTimestamp!.Value).TotalMilliseconds));
        }

        Assert.All(await rig.AssertQuietAndBilledAsync(Rounds, 1), static record => Assert.Equal(Outcome.CallerGone, record.Outcome));

        // The median is the gateway's, the worst is the busy machine's.
        Assert.InRange(reactions.Order().ElementAt(Rounds / 2), 0, 250);
        Assert.InRange(reactions.Max(), 0, 2_000);
    }

    [Fact]
    [Trait("req", "P12")]
    public async Task Caller_KilledWhileTheUpstreamTakesNothing_IsEndedAllTheSame()
    {
        // The upstream agrees and then reads nothing: what the caller sends fills every buffer on the way.
        var letGo = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using RawUpstream upstream = RawUpstream.Start(async (connection, handshake) =>
        {
            await connection.WriteAsync(Encoding.Latin1.GetBytes(Realtime.Agreement));
            await letGo.Task;
            return RawUpstream.Closing.Orderly;
        });
        await using Rig rig = await StartAsync(upstream);
        RawConnection client = await OpenAsync(rig);
        await client.SendAsync("\u0082\u00ff\0\0\0\0\u0040\0\0\0\0\0\0\0" + new string('x', 300_000), Rig.Cancel);

        client.Reset();

        Assert.Equal(Outcome.CallerGone, Assert.Single(await rig.Gateway.Records.WaitForAsync(1)).Outcome);
        letGo.SetResult();
        await rig.AssertQuietAsync(1, 1);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("req", "P12")]
    public async Task Upstream_LeavesWithoutGoodbye_CallerSeesTheEndAfterAllThatCameBefore(bool reset)
    {
        await using RawUpstream upstream = RawUpstream.Start(async (connection, handshake) =>
        {
            await connection.WriteAsync(Encoding.Latin1.GetBytes(Realtime.Agreement + "\u0081\u0004last"));
            if (reset)
            {
                // A reset may overtake what was sent before it, so it waits for the caller's word that it came.
                _ = await connection.ReadAsync(new byte[16]);
            }

            return reset ? RawUpstream.Closing.Reset : RawUpstream.Closing.Orderly;
        });
        await using Rig rig = await StartAsync(upstream);
        using RawConnection client = await OpenAsync(rig, until: "last");

        if (reset)
        {
            await client.SendAsync("\u008a\u0080\0\0\0\0", Rig.Cancel);
            await client.ReadToEndAsync(Rig.Cancel).ContinueWith(static _ => { }, Rig.Cancel, TaskContinuationOptions.None, TaskScheduler.Default).Soon();
        }
        else
        {
            Assert.Equal("", await client.ReadToEndAsync(Rig.Cancel).Soon());
        }

        Assert.Equal(Outcome.UpstreamCut, Assert.Single(await rig.AssertQuietAsync(1, 1)).Outcome);
    }

    [Fact]
    [Trait("req", "P12")]
    public async Task Upstream_Killed_ClientLibrarySeesABrokenSocket()
    {
        await using Rig rig = await Rig.StartAsync();
        rig.Upstream.RespondToSockets(static async (context, socket) =>
        {
            await socket.ReceiveAsync();
            context.Abort();
        });
        using ClientWebSocket socket = await Realtime.ConnectAsync(rig, Rig.Batch);

        await socket.SendAsync("die");

        await Assert.ThrowsAsync<WebSocketException>(() => socket.ReceiveAsync());
        Assert.Equal(Outcome.UpstreamCut, Assert.Single(await rig.AssertQuietAsync(1, 1)).Outcome);
    }

    [Theory]
    [InlineData(false, "timeouts.idle")]
    [InlineData(true, "timeouts.total")]
    [Trait("req", "U8")]
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
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("req", "U8")]
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
    [Trait("req", "U8")]
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
    [Trait("req", "U8")]
    public async Task FirstByte_UpstreamDoesNotAgreeInTime_504()
    {
        await using Rig rig = await Rig.StartAsync(1, static options => options with { Timeouts = new TimeoutOptions { FirstByte = Short } });

        Assert.Equal(504, await Realtime.RefusalAsync(rig, Rig.Batch, Realtime.Path, "x-sim-nonce: held-for-ever"));

        await rig.AssertQuietAsync(1, 1);
    }

    [Fact]
    [Trait("req", "L1")]
    public async Task Drain_LimitPasses_CallerIsToldInACloseFrame()
    {
        await using Rig rig = await Rig.StartAsync(1, static options => options with { Limits = new LimitOptions { DrainTimeout = Short } });
        using ClientWebSocket socket = await Realtime.ConnectAsync(rig, Rig.Batch);
        await socket.SendAsync("open");
        Assert.Equal("open", await socket.ReceiveTextAsync());

        Task draining = rig.Gateway.Services.GetRequiredService<DrainState>().DrainAsync(Rig.Cancel);
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

    private static Task<Rig> StartAsync(RawUpstream upstream) =>
        Rig.StartAsync(1, options => options with { Instances = [GatewayHost.Instance(upstream.BaseAddress, 1)] });
}
