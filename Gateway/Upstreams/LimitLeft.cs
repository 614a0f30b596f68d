namespace Gateway.Upstreams;

/// <summary>What an answer's headers say is left of the upstream's own windows; null where they say nothing.</summary>
/// <param name="Tokens">Tokens left.</param>
/// <param name="TokensReset">Until that window is full again.</param>
/// <param name="NoRequestsFor">No request is left, for so long.</param>
internal readonly record struct LimitLeft(long? Tokens, TimeSpan? TokensReset, TimeSpan? NoRequestsFor);
