namespace Gateway.Requests;

/// <summary>The operations whose tokens are known.</summary>
internal enum ApiOperation
{
    /// <summary>Its tokens cannot be told from the body, or cost nothing.</summary>
    Other,
    Chat,
    Completions,
    Embeddings,
    Responses,
}
