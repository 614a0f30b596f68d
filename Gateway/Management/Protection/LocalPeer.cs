using System.Net;

namespace Gateway.Management.Protection;

/// <summary>Without an admin token: is the request one that somebody at this machine made, directly and knowingly? Pure.</summary>
internal static class LocalPeer
{
    private static readonly string[] ForwardingHeaders = ["Forwarded", "Via", "X-Real-IP"];

    /// <summary>Why it is not; null when it is.</summary>
    public static string? Objection(HttpContext context)
    {
        HttpRequest request = context.Request;
        if (!IsLoopback(context.Connection.RemoteIpAddress))
        {
            return "It came from another machine.";
        }

        if (request.Headers.Keys.FirstOrDefault(IsForwarding) is { } header)
        {
            // Everybody's requests come from a proxy on this machine.
            return $"It was passed on by a proxy ({header}).";
        }

        if (!NamesThisMachine(request.Host))
        {
            // A page whose name its owner lets point to this machine is of the same origin as we are (DNS rebinding).
            return "Its Host is not localhost or a loopback address.";
        }

        return ChangesState(request.Method) && IsFromAnotherSite(request)
            ? "A page of another origin sent it."
            : null;
    }

    public static bool IsLoopback(IPAddress? address) =>
        address is not null && IPAddress.IsLoopback(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address);

    private static bool IsForwarding(string header) =>
        header.StartsWith("X-Forwarded", StringComparison.OrdinalIgnoreCase)
        || ForwardingHeaders.Contains(header, StringComparer.OrdinalIgnoreCase);

    private static bool NamesThisMachine(HostString host)
    {
        string name = host.Host.TrimStart('[').TrimEnd(']');
        return name.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(name, out IPAddress? address) && IsLoopback(address));
    }

    private static bool ChangesState(string method) => !HttpMethods.IsGet(method) && !HttpMethods.IsHead(method) && !HttpMethods.IsOptions(method);

    /// <summary>A browser says where a page that sends comes from; other clients say nothing.</summary>
    private static bool IsFromAnotherSite(HttpRequest request)
    {
        string own = $"{request.Scheme}://{request.Host.Value}";
        return request.Headers.Origin.Any(origin => !own.Equals(origin, StringComparison.OrdinalIgnoreCase))
            || request.Headers["Sec-Fetch-Site"].Any(static site => site is not ("same-origin" or "none"));
    }
}
