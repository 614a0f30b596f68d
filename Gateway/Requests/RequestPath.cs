namespace Gateway.Requests;

/// <summary>
/// The request target as sent, checked once: only paths that stay below <c>/v1</c> or the configured prefix, however they are decoded,
/// are the API's; their bytes are kept.
/// </summary>
internal static class RequestPath
{
    private const string ApiRoot = "/v1";

    /// <summary>Nobody encodes a path this often in good faith.</summary>
    private const int MaxEncodings = 8;

    internal enum Verdict
    {
        /// <summary>Below the API's root.</summary>
        Api,

        /// <summary>Not ours to forward.</summary>
        Elsewhere,

        /// <summary>Tries to leave the root, or is no path at all.</summary>
        Refused,
    }

    /// <param name="target">The raw request target: a path, or a whole URL.</param>
    /// <param name="prefix">The configured prefix, such as <c>/api/v1</c>.</param>
    /// <param name="path">Below the root, as sent.</param>
    /// <param name="query">With its question mark, or empty.</param>
    public static Verdict Parse(string target, string prefix, out string path, out string query)
    {
        path = "";
        query = "";
        target = WithoutAuthority(target);
        if (target.Length == 0 || target[0] != '/' || target.AsSpan().ContainsAnyInRange('\0', '\x1f'))
        {
            return Verdict.Refused;
        }

        int mark = target.IndexOf('?', StringComparison.Ordinal);
        ReadOnlySpan<char> whole = mark < 0 ? target : target.AsSpan(0, mark);
        if (!TryStrip(whole, prefix, out ReadOnlySpan<char> below) && !TryStrip(whole, ApiRoot, out below))
        {
            return Verdict.Elsewhere;
        }

        // A base URL written with /v1 by a client that adds /v1 itself.
        while (TryStrip(below, ApiRoot, out ReadOnlySpan<char> again))
        {
            below = again;
        }

        if (LeavesRoot(below))
        {
            return Verdict.Refused;
        }

        path = below.ToString();
        query = mark < 0 ? "" : target[mark..];
        return Verdict.Api;
    }

    /// <summary>
    /// A target may be a whole URL (RFC 9112, 3.2.2): so it is written to what is taken for a proxy. The host in it says no more than the header
    /// does: where a request goes is configured.
    /// </summary>
    private static string WithoutAuthority(string target)
    {
        int host = target.StartsWith("http://", StringComparison.OrdinalIgnoreCase) ? "http://".Length
            : target.StartsWith("https://", StringComparison.OrdinalIgnoreCase) ? "https://".Length : 0;
        if (host == 0)
        {
            return target;
        }

        int end = target.AsSpan(host).IndexOfAny('/', '?');
        return end < 0 ? "/" : target[host + end] == '/' ? target[(host + end)..] : $"/{target[(host + end)..]}";
    }

    private static bool TryStrip(ReadOnlySpan<char> path, ReadOnlySpan<char> root, out ReadOnlySpan<char> below)
    {
        root = root.TrimEnd('/');
        below = default;
        if (!path.StartsWith(root, StringComparison.Ordinal) || (path.Length > root.Length && path[root.Length] != '/'))
        {
            return false;
        }

        below = path[root.Length..];
        return true;
    }

    /// <summary>
    /// An upstream may decode more often than we do, take a backslash for a slash, or cut parameters (<c>..;x</c>) off a segment: a path
    /// that has a dot segment or a control character under any of those readings is refused.
    /// </summary>
    public static bool LeavesRoot(ReadOnlySpan<char> path)
    {
        if (path.IndexOfAny("%\\") < 0 && path.IndexOf("/.") < 0)
        {
            return false;
        }

        string decoded = path.ToString();
        for (int pass = 0; pass < MaxEncodings; pass++)
        {
            if (HasDotSegment(decoded) || decoded.AsSpan().ContainsAnyInRange('\0', '\x1f'))
            {
                return true;
            }

            string further = Uri.UnescapeDataString(decoded);
            if (further.Length == decoded.Length)
            {
                return false;
            }

            decoded = further;
        }

        return true;
    }

    /// <summary>
    /// The members of a path that stays below the root, as the most lenient of those upstreams reads them: whoever asks what a path leads to must
    /// not be told otherwise than the upstream.
    /// </summary>
    public static string[] Members(string path)
    {
        string decoded;
        do
        {
            decoded = path;
            path = Uri.UnescapeDataString(decoded);
        }
        while (path.Length < decoded.Length);

        string[] members = path.Split(['/', '\\'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        for (int i = 0; i < members.Length; i++)
        {
            int end = members[i].AsSpan().IndexOfAny(";?#");
            members[i] = end < 0 ? members[i] : members[i][..end];
        }

        return members;
    }

    private static bool HasDotSegment(ReadOnlySpan<char> path)
    {
        foreach (Range range in path.SplitAny('/', '\\'))
        {
            ReadOnlySpan<char> segment = path[range];
            int parameters = segment.IndexOf(';');
            if ((parameters < 0 ? segment : segment[..parameters]) is "." or "..")
            {
                return true;
            }
        }

        return false;
    }
}
