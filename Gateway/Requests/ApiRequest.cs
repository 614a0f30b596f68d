namespace Gateway.Requests;

/// <summary>A request as it will be sent upstream, as often as it takes: the original bytes, and what one scan of them told.</summary>
/// <param name="Path">Where it goes below the API's root, as sent: <c>/chat/completions</c>; empty for the root itself.</param>
/// <param name="Query">With its question mark, as sent; empty without one.</param>
/// <param name="Body">Owned by the reading stage, which disposes it when the request is over.</param>
/// <param name="Facts">What the gateway read in a JSON body; <see cref="RequestFacts.None"/> for other bodies.</param>
internal sealed record ApiRequest(string Path, string Query, RequestBody Body, RequestFacts Facts)
{
    /// <summary>It is about something stored at the provider, by its path (<see cref="StoredPath"/>).</summary>
    public bool IsStored { get; init; }

    /// <summary>The model by which it finds its instance. None for what is stored: to make it, and to ask for it, must lead to the same one.</summary>
    public string? RoutedModel => IsStored ? null : Facts.Model;

    /// <summary>What it asks for.</summary>
    public ApiOperation Operation { get; } = ApiOperations.Of(Path);
}
