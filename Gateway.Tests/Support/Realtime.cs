using System.Net.WebSockets;
using System.Text;
using Microsoft.AspNetCore.Http;
using UpstreamSimulator;

namespace Gateway.Tests.Support;

/// <summary>WebSockets through a rig's gateway, with the framework's own client.</summary>
internal static class Realtime
{
    public const string Path = "/v1/realtime?model=m";

    /// <summary>The handshake of a client down at the socket.</summary>
    public const string Handshake = "GET /v1/realtime?model=m HTTP/1.1\r\nHost: g\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n"
        + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n";

    /// <summary>What an upstream down at the socket answers to it.</summary>
    public const string Agreement = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        + "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

    public static async Task<ClientWebSocket> ConnectAsync(Rig rig, int tier, string path = Path, params string[] headers)
    {
        ClientWebSocket socket = NewSocket(headers);
        await socket.ConnectAsync(AddressOf(rig, tier, path), Rig.Cancel).Soon();
        return socket;
    }

    /// <summary>A connect that the test goes on without.</summary>
    public static (ClientWebSocket Socket, Task Connected) Connecting(Rig rig, int tier, params string[] headers)
    {
        ClientWebSocket socket = NewSocket(headers);
        return (socket, socket.ConnectAsync(AddressOf(rig, tier, Path), Rig.Cancel));
    }

    /// <summary>The refusal of a handshake.</summary>
    public static async Task<int> RefusalAsync(Rig rig, int tier, string path = Path, params string[] headers)
    {
        using ClientWebSocket socket = NewSocket(headers);
        socket.Options.CollectHttpResponseDetails = true;
        await Xunit.Assert.ThrowsAsync<WebSocketException>(() => socket.ConnectAsync(AddressOf(rig, tier, path), Rig.Cancel).Soon());
        return (int)socket.HttpStatusCode;
    }

    public static Task SendAsync(this WebSocket socket, string text) =>
        socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, endOfMessage: true, Rig.Cancel).Soon();

    /// <summary>A whole message.</summary>
    public static async Task<(WebSocketMessageType Type, byte[] Bytes)> ReceiveAsync(this WebSocket socket)
    {
        using var bytes = new MemoryStream();
        byte[] buffer = new byte[64 << 10];
        while (true)
        {
            WebSocketReceiveResult frame = await socket.ReceiveAsync(new ArraySegment<byte>(buffer), Rig.Cancel).Soon();
            bytes.Write(buffer, 0, frame.Count);
            if (frame.EndOfMessage)
            {
                return (frame.MessageType, bytes.ToArray());
            }
        }
    }

    public static async Task<string> ReceiveTextAsync(this WebSocket socket) => Encoding.UTF8.GetString((await socket.ReceiveAsync()).Bytes);

    public static Task CloseAsync(this WebSocket socket) => socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "done", Rig.Cancel).Soon();

    /// <summary>An upstream that does with every WebSocket what a test wants.</summary>
    public static void RespondToSockets(this SimulatorHost upstream, Func<HttpContext, WebSocket, Task> script) => upstream.Respond(async context =>
    {
        if (!context.WebSockets.IsWebSocketRequest)
        {
            return false;
        }

        using WebSocket socket = await context.WebSockets.AcceptWebSocketAsync();
        await script(context, socket);
        return true;
    });

    private static ClientWebSocket NewSocket(string[] headers)
    {
        var socket = new ClientWebSocket();
        foreach (string header in headers)
        {
            int colon = header.IndexOf(':', StringComparison.Ordinal);
            socket.Options.SetRequestHeader(header[..colon], header[(colon + 1)..].Trim());
        }

        return socket;
    }

    private static Uri AddressOf(Rig rig, int tier, string path) =>
        new UriBuilder(new Uri(rig.Gateway.Address(tier), path)) { Scheme = "ws" }.Uri;
}
