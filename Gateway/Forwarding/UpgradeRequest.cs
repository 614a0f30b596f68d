using System.Net;
using Gateway.Requests;

namespace Gateway.Forwarding;

/// <summary>Makes an upstream request one for a WebSocket: the two hop-by-hop headers that pass here, over the one version that knows them.</summary>
internal static class UpgradeRequest
{
    public static void Shape(HttpRequestMessage message)
    {
        message.Version = HttpVersion.Version11;
        message.VersionPolicy = HttpVersionPolicy.RequestVersionExact;
        message.Headers.TryAddWithoutValidation("Connection", "Upgrade");
        message.Headers.TryAddWithoutValidation("Upgrade", WebSocketUpgrade.Protocol);
    }
}
