using System.Net.WebSockets;
using System.Text;
using Gateway.Requests;
using Gateway.Tests.Support;
using UpstreamSimulator;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>However a tunnel ends, both sides learn it and the slot comes back.</summary>
public class RealtimeEndTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Trait("req", "P12")]
    [Trait("row", "U9")]
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

    [Theory]
    [InlineData("\u0081\u0002hi")]
    [InlineData("\u00c1\u0082\0\0\0\0hi")]
    [InlineData("\u0082\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\0\0\0\0hi")]
    [InlineData("GET / HTTP/1.1\r\n\r\n")]
    [Trait("req", "A6")]
    [Trait("row", "U7")]
    public async Task Upstream_LeavesForTheCallersGarbage_IsNoFaultOfTheInstance(string garbage)
    {
        const int Sessions = 6;
        await using RawUpstream upstream = RawUpstream.Start(async (connection, request) =>
        {
            if (!request.Contains("Upgrade: websocket", StringComparison.OrdinalIgnoreCase))
            {
                await connection.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"u8.ToArray());
                return RawUpstream.Closing.Orderly;
            }

            await connection.WriteAsync(Encoding.Latin1.GetBytes(Realtime.Agreement));
            _ = await connection.ReadAsync(new byte[64]);
            return RawUpstream.Closing.Reset;
        });
        await using Rig rig = await StartAsync(upstream);
        for (int i = 0; i < Sessions; i++)
        {
            using RawConnection client = await OpenAsync(rig);
            await client.SendAsync(garbage, Rig.Cancel);
            await client.ReadToEndAsync(Rig.Cancel).ContinueWith(static _ => { }, Rig.Cancel, TaskContinuationOptions.None, TaskScheduler.Default).Soon();
            await rig.Gateway.Records.WaitForAsync(i + 1);
        }

        using HttpResponseMessage others = await rig.ChatAsync(Rig.Urgent, "n").Soon();

        Assert.Equal(System.Net.HttpStatusCode.OK, others.StatusCode);
        Assert.All((await rig.AssertQuietAsync(Sessions + 1, 1)).Take(Sessions), static record => Assert.Equal(Outcome.BodyMalformed, record.Outcome));
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
