using System.Text.RegularExpressions;

namespace Gateway.Configuration;

/// <summary>Brings a configured base URL into the one form that requests are appended to. Pure; expects a valid URL.</summary>
internal static partial class UpstreamUrl
{
    public const string OpenAi = "https://api.openai.com/v1";
    public const string Venice = "https://api.venice.ai/api/v1";

    private const string VeniceHost = "api.venice.ai";

    public static ProviderType ProviderOf(string url) =>
        Uri.TryCreate(url, UriKind.Absolute, out Uri? parsed) && parsed.Host.Equals(VeniceHost, StringComparison.OrdinalIgnoreCase)
            ? ProviderType.Venice
            : ProviderType.OpenAi;

    /// <summary>
    /// For azure the resource's root. Else a URL that ends where the part of a request's path after <c>/v1</c> begins: people write it with and
    /// without <c>/v1</c>. A path that names any version (<c>/v1beta/openai</c>, <c>/api/v3</c>) is meant as it stands.
    /// </summary>
    public static Uri Normalise(string url, ProviderType provider)
    {
        var parsed = new Uri(url);
        string path = parsed.AbsolutePath.TrimEnd('/');
        if (provider == ProviderType.Azure)
        {
            path = AzureSuffix().Replace(path, "");
        }
        else if (path.Length == 0 && provider == ProviderType.Venice)
        {
            path = new Uri(Venice).AbsolutePath;
        }
        else if (!VersionSegment().IsMatch(path))
        {
            path += "/v1";
        }

        return new Uri(parsed.GetLeftPart(UriPartial.Authority) + path);
    }

    [GeneratedRegex("/openai(/v1)?$")]
    private static partial Regex AzureSuffix();

    [GeneratedRegex("/v[0-9]+[a-z0-9]*(/|$)")]
    private static partial Regex VersionSegment();
}
