namespace Gateway.Configuration;

/// <summary>Limits of callers. Key: <c>rate_limit</c>; absent = no limits.</summary>
internal sealed record RateLimitOptions
{
    /// <summary>Requests per minute and caller. Default 60, range 1..1000000000, null = no limit. RATE_LIMIT__REQUESTS_PER_MINUTE.</summary>
    public int? RequestsPerMinute { get; init; } = 60;

    /// <summary>Tokens per minute and caller. Default 100000, range 1..1000000000, null = no limit. RATE_LIMIT__TOKENS_PER_MINUTE.</summary>
    public int? TokensPerMinute { get; init; } = 100_000;

    /// <summary>
    /// Requests per minute and client IP. Default null = no limit, range 1..1000000000. RATE_LIMIT, which alone turns on only this limit.
    /// </summary>
    public int? RequestsPerMinutePerIp { get; init; }

    /// <summary>Addresses or networks (CIDR) whose <c>X-Forwarded-For</c> is believed. Default empty = nobody's.</summary>
    public IReadOnlyList<string> KnownProxies { get; init; } = [];

    /// <summary>
    /// Gateways that share one Redis: while it does not answer, each keeps this part of every limit. Default 1, range 1..10000. Without
    /// <c>redis_url</c> every gateway counts for itself.
    /// </summary>
    public int Nodes { get; init; } = 1;
}
