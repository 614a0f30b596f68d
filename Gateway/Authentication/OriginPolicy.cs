using Gateway.Configuration;

namespace Gateway.Authentication;

/// <summary>
/// May a web page open a WebSocket here? Browsers ask nobody before they do, so where a caller needs no key of its own, any page that
/// somebody looks at could talk on the gateway's.
/// </summary>
internal static class OriginPolicy
{
    /// <param name="headers">The caller's. Only browsers send an Origin; without one there is no page to be wary of.</param>
    /// <param name="cors">The pages that may.</param>
    public static bool Allows(IHeaderDictionary headers, CorsOptions cors) =>
        headers.Origin.Count == 0
        || (headers.Origin is [{ } origin]
            && (cors.Origins.Any(allowed => allowed == "*" || allowed.Equals(origin, StringComparison.OrdinalIgnoreCase))
                || IsOurs(origin, headers.Host)));

    private static bool IsOurs(string origin, string? host) =>
        origin.Equals($"http://{host}", StringComparison.OrdinalIgnoreCase) || origin.Equals($"https://{host}", StringComparison.OrdinalIgnoreCase);
}
