using System.Net;
using Gateway.Requests;

namespace Gateway.Forwarding;

/// <summary>Makes an upstream request one for a WebSocket: the two hop-by-hop headers that pass here, over the one version that knows them.</summary>
internal static class UpgradeRequest
{
    /// <param name="message">To be one.</param>
    /// <param name="needsUsage">Somebody settles by the tokens that the upstream tells. In compressed messages nobody would see them, so none are agreed on.</param>
    public static void Shape(HttpRequestMessage message, bool needsUsage)
    {
        message.Version = HttpVersion.Version11;
        message.VersionPolicy = HttpVersionPolicy.RequestVersionExact;
        message.Headers.TryAddWithoutValidation("Connection", "Upgrade");
        message.Headers.TryAddWithoutValidation("Upgrade", WebSocketUpgrade.Protocol);
        if (needsUsage)
        {
            message.Headers.Remove("Sec-WebSocket-Extensions");
        }
    }
}
