using System.Net.WebSockets;
using Gateway.Requests;
using Gateway.Tests.Support;
using UpstreamSimulator;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>Many tunnels at once that end in every way, in every state: no slot, call or buffer is left behind.</summary>
[Trait("row", "S5")]
public class RealtimeStormTests
{
    private const int Slots = 4;
    private const int Callers = 120;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Tunnels_EndAtRandom_NothingStays(int seed)
    {
        await using Rig rig = await Rig.StartAsync(Slots);
        rig.Upstream.RespondToSockets(static async (context, socket) =>
        {
            byte[] buffer = new byte[4096];
            while (await socket.ReceiveAsync(buffer.AsMemory(), context.RequestAborted) is { MessageType: not WebSocketMessageType.Close } frame)
            {
                if (frame.Count == 1)
                {
                    context.EndCall(CallOutcome.Failed);
                    context.Abort();
                    return;
                }

                await socket.SendAsync(buffer.AsMemory(0, frame.Count), WebSocketMessageType.Binary, frame.EndOfMessage, context.RequestAborted);
            }

            await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, context.RequestAborted);
        });

        await Task.WhenAll(Enumerable.Range(0, Callers).Select(caller => CallAsync(rig, new Random((seed * Callers) + caller)))).WaitAsync(TimeSpan.FromMinutes(2), Rig.Cancel);

        Assert.All(await rig.AssertQuietAsync(Callers, Slots), static record =>
            Assert.True(record.Outcome is Outcome.Relayed or Outcome.CallerGone or Outcome.UpstreamCut, $"{record.Outcome}"));
    }

    private static async Task CallAsync(Rig rig, Random dice)
    {
        using RawConnection client = await RawConnection.OpenAsync(rig.Gateway.Address(dice.Next(3)), Rig.Cancel);
        int end = dice.Next(6);
        try
        {
            await client.SendAsync(Realtime.Handshake + "\r\n", Rig.Cancel);
            if (end == 0)
            {
                // Before, during or just after the handshake. A reset could take the whole request with it, and there would be no record to count.
                client.CloseSending();
                await client.ReadToEndAsync(Rig.Cancel).WaitAsync(TimeSpan.FromMinutes(1), Rig.Cancel);
                return;
            }

            await client.ReadUntilAsync("\r\n\r\n", Rig.Cancel).WaitAsync(TimeSpan.FromMinutes(1), Rig.Cancel);
            for (int i = dice.Next(4); i > 0; i--)
            {
                await client.SendAsync("\u0082\u0083\0\0\0\0abc", Rig.Cancel);
                await client.ReadUntilAsync("abc", Rig.Cancel).Soon();
            }

            // In turn: goodbye, the upstream dies, half a frame and a reset, half a frame and a close, nothing and a close.
            await client.SendAsync(end switch { 1 => "\u0088\u0080\0\0\0\0", 2 => "\u0082\u0081\0\0\0\0x", 3 or 4 => "\u0082\u00fe\u0001", _ => "" }, Rig.Cancel);
            if (end == 3)
            {
                client.Reset();
            }
            else if (end <= 2)
            {
                await client.ReadToEndAsync(Rig.Cancel).Soon();
            }
        }
        catch (Exception e) when (e is IOException or System.Net.Sockets.SocketException)
        {
            // The upstream died, and the gateway passed it on.
        }
    }
}
