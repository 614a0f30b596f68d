namespace Gateway.Requests;

/// <summary>A request as it will be sent upstream, as often as it takes: the original bytes, and what one scan of them told.</summary>
/// <param name="Path">Where it goes below the API's root, as sent: <c>/chat/completions</c>; empty for the root itself.</param>
/// <param name="Query">With its question mark, as sent; empty without one.</param>
/// <param name="Body">Owned by the reading stage, which disposes it when the request is over.</param>
/// <param name="Facts">What the gateway read in a JSON body; <see cref="RequestFacts.None"/> for other bodies.</param>
internal sealed record ApiRequest(string Path, string Query, RequestBody Body, RequestFacts Facts)
{
    /// <summary>What it asks for.</summary>
    public ApiOperation Operation { get; } = ApiOperations.Of(Path);
}
