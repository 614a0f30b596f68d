using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Gateway.Configuration;
using Microsoft.Extensions.Primitives;

namespace Gateway.RateLimiting;

/// <summary>
/// Which address a request comes from: the peer's, or, where the peer is a proxy of ours, the last one in <c>X-Forwarded-For</c> that is not.
/// Whatever stands left of that one the caller may have made up.
/// </summary>
internal sealed class CallerAddress(RateLimitOptions options)
{
    private readonly IPNetwork[] _proxies = [.. options.KnownProxies.Select(NetworkOf)];

    /// <summary>Whose proxies these are.</summary>
    public RateLimitOptions Options { get; } = options;

    /// <summary>128 bits of it. Of an IPv6 address only the network counts: a caller owns all the rest.</summary>
    public UInt128 PrincipalOf(HttpContext context)
    {
        IPAddress address = Plain(context.Connection.RemoteIpAddress ?? IPAddress.None);
        if (_proxies.Length > 0 && IsProxy(address))
        {
            address = Forwarded(context.Request.Headers["X-Forwarded-For"], address);
        }

        Span<byte> bytes = stackalloc byte[16];
        bytes.Clear();
        address.TryWriteBytes(bytes, out int length);
        if (length == 16)
        {
            bytes[8..].Clear();
        }
        else
        {
            // Or it would be the network of an IPv6 address that begins so.
            bytes[15] = 4;
        }

        return BinaryPrimitives.ReadUInt128BigEndian(bytes);
    }

    private IPAddress Forwarded(StringValues header, IPAddress peer)
    {
        string[] hops = [.. header.SelectMany(static line => (line ?? "").Split(',', StringSplitOptions.TrimEntries))];
        for (int i = hops.Length - 1; i >= 0; i--)
        {
            if (!IPEndPoint.TryParse(hops[i], out IPEndPoint? hop))
            {
                return peer;
            }

            peer = Plain(hop.Address);
            if (!IsProxy(peer))
            {
                return peer;
            }
        }

        return peer;
    }

    private bool IsProxy(IPAddress address) => Array.Exists(_proxies, network => network.Contains(address));

    private static IPNetwork NetworkOf(string text) => IPAddress.TryParse(text, out IPAddress? address)
        ? new IPNetwork(Plain(address), Plain(address).AddressFamily == AddressFamily.InterNetwork ? 32 : 128)
        : IPNetwork.Parse(text);

    private static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
}
