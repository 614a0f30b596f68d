namespace Gateway.Upstreams;

/// <summary>The URLs that an instance is called at most: to take one apart costs more than to compare it, and nearly all calls go to a few.</summary>
internal sealed class RawUris
{
    private const int Kept = 8;
    private const int LongestKept = 256;

    /// <summary>By length: the paths of the API differ in it. Two threads may both write; each has what it asked for.</summary>
    private readonly Uri?[] _uris = new Uri?[Kept];

    /// <param name="url">As <see cref="RawUri"/> takes it.</param>
    /// <param name="isOneOfFew">False: a caller's query is in it, which is not to be kept.</param>
    public Uri Of(string url, bool isOneOfFew)
    {
        if (!isOneOfFew || url.Length > LongestKept)
        {
            return RawUri.Of(url);
        }

        ref Uri? kept = ref _uris[url.Length % Kept];
        return kept is { } known && known.OriginalString == url ? known : kept = RawUri.Of(url);
    }
}
