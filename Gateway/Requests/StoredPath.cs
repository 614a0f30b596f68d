using System.Collections.Frozen;

namespace Gateway.Requests;

/// <summary>
/// Paths of what is stored at the provider: a file, a batch, a stored response. Whoever stored it is the only one that knows it, so requests about
/// such things all go to one and the same instance.
/// </summary>
internal static class StoredPath
{
    private static readonly FrozenSet<string> Collections = FrozenSet.ToFrozenSet(
        ["files", "uploads", "batches", "vector_stores", "assistants", "threads", "fine_tuning", "evals", "containers", "conversations", "videos"],
        StringComparer.OrdinalIgnoreCase);

    /// <summary>Below <c>/responses</c>, but nobody's id: they answer at once, and keep nothing.</summary>
    private static readonly FrozenSet<string> Calculations = FrozenSet.ToFrozenSet(["input_tokens", "compact"], StringComparer.OrdinalIgnoreCase);

    /// <param name="method">As sent.</param>
    /// <param name="path">Below the API's root, as sent.</param>
    public static bool Covers(string method, string path)
    {
        if (ApiOperations.Of(path) != ApiOperation.Other)
        {
            // The plain path makes something; to ask for it by another method is to ask for what was stored.
            return !HttpMethods.IsPost(method);
        }

        // Read as rights to a path are.
        return RequestPath.Members(path) switch
        {
            [var first, ..] when Collections.Contains(first) => true,
            [var first, var second] when Is(first, "responses") => !HttpMethods.IsPost(method) || !Calculations.Contains(second),
            [var first, _, ..] when Is(first, "responses") => true,
            [var first, var second, _, ..] => Is(first, "chat") && Is(second, "completions"),
            _ => false,
        };
    }

    private static bool Is(string member, string word) => member.Equals(word, StringComparison.OrdinalIgnoreCase);
}
