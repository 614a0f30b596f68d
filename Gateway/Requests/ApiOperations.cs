namespace Gateway.Requests;

/// <summary>Operations by their path.</summary>
internal static class ApiOperations
{
    /// <summary>
    /// What a path asks for, as the most lenient upstream reads it: one that decodes, merges slashes, ignores case or has a prefix of its own
    /// must not do for nothing what counts under its plain name.
    /// </summary>
    /// <param name="path">Below the API's root, as sent.</param>
    public static ApiOperation Of(string path) => path switch
    {
        "/chat/completions" => ApiOperation.Chat,
        "/embeddings" => ApiOperation.Embeddings,
        "/responses" => ApiOperation.Responses,
        _ => OfMembers(RequestPath.Members(path)),
    };

    public static bool HasOutput(ApiOperation operation) => operation is ApiOperation.Chat or ApiOperation.Completions or ApiOperation.Responses;

    private static ApiOperation OfMembers(string[] members) => members switch
    {
        [.., var group, var last] when Is(group, "chat") && Is(last, "completions") => ApiOperation.Chat,
        [.., var last] when Is(last, "completions") => ApiOperation.Completions,
        [.., var last] when Is(last, "embeddings") => ApiOperation.Embeddings,
        [.., var last] when Is(last, "responses") => ApiOperation.Responses,
        _ => ApiOperation.Other,
    };

    private static bool Is(string member, string word) => member.Equals(word, StringComparison.OrdinalIgnoreCase);
}
