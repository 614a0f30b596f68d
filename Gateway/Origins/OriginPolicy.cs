using System.Net;
using Gateway.Configuration;

namespace Gateway.Origins;

/// <summary>
/// May a web page use the gateway's own key? Browsers send plain forms, texts and WebSockets anywhere without asking first, so where a caller
/// needs no key of its own, any page that somebody looks at could spend ours.
/// </summary>
internal static class OriginPolicy
{
    private const string ForeignPage = "It comes from a web page whose origin is not in cors.origins.";
    private const string ForeignName =
        "Its Host is not localhost or an address: call the gateway by one, or have http:// and that name added to cors.origins, or allow_anonymous set.";

    /// <summary>The last host that was nobody's: nearly all callers use one, and to compare it is quicker than to read it as an address.</summary>
    private static string? _lastNobodys;

    /// <summary>
    /// Why the request may not; null when it may. Anything but a browser may: only browsers say where a request comes from. But they do not say it
    /// of a read from a page to its own name, whoever that name points to.
    /// </summary>
    /// <param name="request">The caller's.</param>
    /// <param name="options">Name the pages that may, and whether anybody may.</param>
    public static string? Objection(HttpRequest request, GatewayOptions options)
    {
        IHeaderDictionary headers = request.Headers;
        CorsOptions cors = options.Cors;
        if (headers.Origin.Count > 0)
        {
            return headers.Origin is [{ } origin] && (Lists(cors, origin) || IsOurs(origin, request.Host)) ? null : ForeignPage;
        }

        if (Lists(cors, "*"))
        {
            return null;
        }

        return ComesFromElsewhere(headers) ? ForeignPage : options.AllowAnonymous || IsKnown(request.Host, cors) ? null : ForeignName;
    }

    /// <summary>The origin is among those configured.</summary>
    public static bool Lists(CorsOptions cors, string origin) =>
        cors.Origins.Any(allowed => allowed == "*" || allowed.Equals(origin, StringComparison.OrdinalIgnoreCase));

    /// <summary>
    /// Whoever owns a name can let it point to this machine, and then a page of theirs has the origin it talks to (DNS rebinding). An
    /// address and <c>localhost</c> belong to nobody; other names have to be configured.
    /// </summary>
    private static bool IsOurs(string origin, HostString host) =>
        IsNobodys(host) && IsOriginOf(host, origin);

    private static bool IsKnown(HostString host, CorsOptions cors) => IsNobodys(host) || cors.Origins.Any(origin => IsOriginOf(host, origin));

    private static bool IsNobodys(HostString host)
    {
        if (_lastNobodys is { } last && last == host.Value)
        {
            return true;
        }

        string name = host.Host.TrimStart('[').TrimEnd(']');
        if (name.Length > 0 && !name.Equals("localhost", StringComparison.OrdinalIgnoreCase) && !IPAddress.TryParse(name, out _))
        {
            return false;
        }

        _lastNobodys = host.Value;
        return true;
    }

    private static bool IsOriginOf(HostString host, string origin) =>
        origin.Equals($"http://{host.Value}", StringComparison.OrdinalIgnoreCase) || origin.Equals($"https://{host.Value}", StringComparison.OrdinalIgnoreCase);

    /// <summary>An image or a link of a page carries no Origin, but this.</summary>
    private static bool ComesFromElsewhere(IHeaderDictionary headers)
    {
        foreach (string? site in headers["Sec-Fetch-Site"])
        {
            if (site is not ("same-origin" or "none"))
            {
                return true;
            }
        }

        return false;
    }
}
