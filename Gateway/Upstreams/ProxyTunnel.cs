using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace Gateway.Upstreams;

/// <summary>
/// Asks a proxy for a tunnel. The library could, but it sets a connection through one up twice, with nothing that tells which socket the second
/// time is about: nobody could say which call is on it, or whether it carries one or many. And it shows a password only when it was refused without.
/// </summary>
internal static class ProxyTunnel
{
    /// <summary>Of the proxy's answer, in bytes; no proxy comes near it.</summary>
    private const int MaxHead = 16 * 1024;

    /// <summary>Returns when what is written to the proxy goes to the target.</summary>
    /// <param name="proxy">The connection to it. What the proxy does not agree to, the caller closes.</param>
    /// <param name="target">Where to.</param>
    /// <param name="authorization">Shown to the proxy; null for none.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public static async Task OpenAsync(Stream proxy, DnsEndPoint target, AuthenticationHeaderValue? authorization, CancellationToken cancellationToken)
    {
        string host = target.Host.Contains(':', StringComparison.Ordinal) ? $"[{target.Host}]" : target.Host;
        string shown = authorization is null ? "" : $"Proxy-Authorization: {authorization}\r\n";
        string question = string.Create(CultureInfo.InvariantCulture, $"CONNECT {host}:{target.Port} HTTP/1.1\r\nHost: {host}:{target.Port}\r\n{shown}\r\n");
        await proxy.WriteAsync(Encoding.ASCII.GetBytes(question), cancellationToken);
        int status = StatusOf(await ReadHeadAsync(proxy, cancellationToken));
        if (status is < 200 or > 299)
        {
            throw new HttpRequestException(HttpRequestError.ProxyTunnelError, statusCode: (HttpStatusCode)status);
        }
    }

    private static async Task<byte[]> ReadHeadAsync(Stream proxy, CancellationToken cancellationToken)
    {
        byte[] head = new byte[MaxHead];
        int length = 0;
        int end = -1;
        while (end < 0)
        {
            int read = await proxy.ReadAsync(head.AsMemory(length), cancellationToken);
            length += read;
            end = head.AsSpan(0, length).IndexOf("\r\n\r\n"u8);
            if (read == 0)
            {
                throw new HttpRequestException(HttpRequestError.ProxyTunnelError);
            }
        }

        return head[..length];
    }

    /// <summary>0 for what is no answer. Nor is one with something behind its head where it agrees: in TLS the target never speaks first.</summary>
    private static int StatusOf(ReadOnlySpan<byte> head)
    {
        bool isHttp = head.StartsWith("HTTP/1."u8) && head.Length > 12 && head[8] == ' ' && head[12] is (byte)' ' or (byte)'\r';
        return isHttp && int.TryParse(head[9..12], NumberStyles.None, CultureInfo.InvariantCulture, out int status)
            && (status > 299 || head.EndsWith("\r\n\r\n"u8)) ? status : 0;
    }
}
