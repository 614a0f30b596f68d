using System.Net.WebSockets;
using UpstreamSimulator.Answering;

namespace UpstreamSimulator.Operations;

/// <summary><c>GET realtime</c>: a WebSocket that sends every message back.</summary>
internal static class RealtimeOperation
{
    private const int MaxFrame = 64 << 10;

    public static async Task AnswerAsync(Exchange exchange)
    {
        WebSocketManager manager = exchange.Context.WebSockets;
        if (!manager.IsWebSocketRequest)
        {
            await ErrorAnswer.SendAsync(exchange, 400, "a WebSocket upgrade is needed");
            return;
        }

        using WebSocket socket = await manager.AcceptWebSocketAsync(manager.WebSocketRequestedProtocols.FirstOrDefault());
        byte[] buffer = new byte[MaxFrame];
        try
        {
            while (true)
            {
                ValueWebSocketReceiveResult frame = await socket.ReceiveAsync(buffer.AsMemory(), exchange.Aborted);
                if (frame.MessageType == WebSocketMessageType.Close) break;
                await socket.SendAsync(buffer.AsMemory(0, frame.Count), frame.MessageType, frame.EndOfMessage, exchange.Aborted);
            }
        }
        catch (WebSocketException broken)
        {
            throw new IOException("the client left without closing", broken);
        }

        exchange.Call.End(CallOutcome.Completed);
        await socket.CloseOutputAsync(socket.CloseStatus ?? WebSocketCloseStatus.NormalClosure, socket.CloseStatusDescription, exchange.Aborted);
    }
}
