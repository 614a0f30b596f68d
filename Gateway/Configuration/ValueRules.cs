using System.Net;
using System.Text.RegularExpressions;

namespace Gateway.Configuration;

/// <summary>What single values must look like. Pure.</summary>
internal static partial class ValueRules
{
    private const string HealthPath = "/health";

    /// <summary>Where the management routes are: all of them at or below one of these.</summary>
    public static IReadOnlyList<string> ManagementRoots { get; } = ["/dashboard", "/admin", "/stats", "/cache", "/metrics"];

    // An API prefix on one of the gateway's own routes would hide it.
    private static readonly string[] OwnPaths = [HealthPath, .. ManagementRoots];

    /// <summary>Visible ASCII, no blanks, not empty: what an HTTP header can carry as one word.</summary>
    public static bool IsHeaderSafe(string text) => text.Length is > 0 and <= 4096 && text.All(c => c is > ' ' and <= '~');

    public static bool IsName(string text) => Name().IsMatch(text);

    public static bool IsWord(string text) => text.Length is > 0 and <= 256 && !text.Any(char.IsControl) && text.Trim().Length == text.Length;

    public static bool IsHost(string text) => text is "localhost" or "*" || IPAddress.TryParse(text, out _);

    public static bool IsLoopback(string host) =>
        host == "localhost" || (IPAddress.TryParse(host, out IPAddress? address) && IPAddress.IsLoopback(address));

    /// <summary>Absolute http or https, without query or fragment. User and password only where <paramref name="credentials"/> says so.</summary>
    public static bool IsHttpUrl(string text, bool credentials) =>
        Uri.TryCreate(text, UriKind.Absolute, out Uri? url)
        && url.Scheme is "http" or "https"
        && url.Query.Length == 0 && url.Fragment.Length == 0 && url.Host.Length > 0
        && (credentials || url.UserInfo.Length == 0);

    public static bool IsEmptyOrHttpUrl(string text) => text.Length == 0 || IsHttpUrl(text, credentials: true);

    public static bool IsBaseUrl(string text) => IsHttpUrl(text, credentials: false);

    /// <summary>
    /// A user other than Redis's own default one could not be signed in: the client library knows passwords only. Nor would it look at a query, or a
    /// path that is no number of a database.
    /// </summary>
    public static bool IsEmptyOrRedisUrl(string text) =>
        text.Length == 0
        || (Uri.TryCreate(text, UriKind.Absolute, out Uri? url) && url.Scheme is "redis" or "rediss" && url.Host.Length > 0
            && url.Query.Length == 0 && url.Fragment.Length == 0 && url.AbsolutePath.Trim('/').All(char.IsAsciiDigit)
            && (url.UserInfo.Length == 0 || url.UserInfo.StartsWith(':') || url.UserInfo.StartsWith("default:", StringComparison.Ordinal)));

    /// <summary>Not a folder by its name, nothing invisible in it.</summary>
    public static bool IsEmptyOrFilePath(string text) =>
        text.Length == 0 || (text.Length <= 4096 && !text.EndsWith('/') && Path.GetFileName(text) is not ("" or "." or "..")
            && !text.Any(char.IsControl) && text.Trim().Length == text.Length);

    public static bool IsPathPrefix(string text) =>
        PathPrefix().IsMatch(text)
        && !text.Split('/').Any(segment => segment is "." or "..")
        && !OwnPaths.Any(own => IsAtOrBelow(text, own));

    /// <summary>The path is, or is below, one of the roots of the management routes.</summary>
    public static bool IsManagementPath(string path) => ManagementRoots.Any(root => IsAtOrBelow(path, root));

    /// <summary>A path below the API's root, with or without a method before it; "/v1" is that root, and no part of the path.</summary>
    public static bool IsEndpoint(string text) => text.Length <= 256 && Endpoint().IsMatch(text);

    public static bool IsOrigin(string text) =>
        text == "*" || (IsBaseUrl(text) && new Uri(text).GetLeftPart(UriPartial.Authority).Equals(text, StringComparison.OrdinalIgnoreCase));

    public static bool IsAddressOrNetwork(string text) => IPAddress.TryParse(text, out _) || IPNetwork.TryParse(text, out _);

    private static bool IsAtOrBelow(string path, string root) =>
        path.StartsWith(root, StringComparison.OrdinalIgnoreCase) && (path.Length == root.Length || path[root.Length] == '/');

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}\z")]
    private static partial Regex Name();

    [GeneratedRegex(@"^([A-Z]+ )?(?!/v1(/|\z))((/([A-Za-z0-9_][A-Za-z0-9._~:-]*|\{id\}))+(/\*)?|/\*)\z")]
    private static partial Regex Endpoint();

    [GeneratedRegex(@"^(/[A-Za-z0-9._~-]+)+\z")]
    private static partial Regex PathPrefix();
}
