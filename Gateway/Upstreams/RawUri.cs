namespace Gateway.Upstreams;

/// <summary>A URL whose path and query are sent exactly as written.</summary>
internal static class RawUri
{
    public static Uri Of(string url) => new(url, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
}
