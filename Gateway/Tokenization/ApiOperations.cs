namespace Gateway.Tokenization;

/// <summary>Operations by their path.</summary>
internal static class ApiOperations
{
    /// <param name="path">Below the API's root.</param>
    public static ApiOperation Of(string path) => path.AsSpan().TrimEnd('/') switch
    {
        "/chat/completions" => ApiOperation.Chat,
        "/completions" => ApiOperation.Completions,
        "/embeddings" => ApiOperation.Embeddings,
        "/responses" => ApiOperation.Responses,
        _ => ApiOperation.Other,
    };

    public static bool HasOutput(ApiOperation operation) => operation is ApiOperation.Chat or ApiOperation.Completions or ApiOperation.Responses;
}
