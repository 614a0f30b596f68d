namespace Gateway.Configuration;

/// <summary>The four upstream time limits. Key: <c>timeouts</c>.</summary>
internal sealed record TimeoutOptions
{
    /// <summary>TCP and TLS connect. Default 10 s, range 1ms..10m.</summary>
    public TimeSpan Connect { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Request sent to first byte of the answer. Default 5 min, range 1ms..24h. TIMEOUT, REQUEST_TIMEOUT.</summary>
    public TimeSpan FirstByte { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Silence between two chunks. Default 5 min, range 1ms..24h.</summary>
    public TimeSpan Idle { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>The whole attempt. Default null = none, so that a healthy long stream is never cut. Range 1ms..24h.</summary>
    public TimeSpan? Total { get; init; }
}
