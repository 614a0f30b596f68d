namespace Gateway.Requests;

/// <summary>
/// The request target as sent, checked once: only paths that stay below <c>/v1</c> or the configured prefix, however they are decoded,
/// are the API's; their bytes are kept.
/// </summary>
internal static class RequestPath
{
    private const string ApiRoot = "/v1";

    internal enum Verdict
    {
        /// <summary>Below the API's root.</summary>
        Api,

        /// <summary>Not ours to forward.</summary>
        Elsewhere,

        /// <summary>Tries to leave the root, or is no path at all.</summary>
        Refused,
    }

    /// <param name="target">The raw request target.</param>
    /// <param name="prefix">The configured prefix, such as <c>/api/v1</c>.</param>
    /// <param name="path">Below the root, as sent.</param>
    /// <param name="query">With its question mark, or empty.</param>
    public static Verdict Parse(string target, string prefix, out string path, out string query)
    {
        path = "";
        query = "";
        if (target.Length == 0 || target[0] != '/')
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
    /// An upstream may decode once more than we do, or take a backslash for a slash: a segment that is a dot segment under any of those
    /// readings is refused.
    /// </summary>
    private static bool LeavesRoot(ReadOnlySpan<char> path)
    {
        if (path.IndexOfAny("%\\") < 0 && path.IndexOf("/.") < 0)
        {
            return false;
        }

        string decoded = path.ToString();
        for (int pass = 0; pass < 3; pass++)
        {
            foreach (string segment in decoded.Split('/', '\\'))
            {
                if (segment is "." or "..")
                {
                    return true;
                }
            }

            decoded = Uri.UnescapeDataString(decoded);
        }

        return decoded.AsSpan().IndexOfAnyInRange('\0', '\x1f') >= 0;
    }
}
