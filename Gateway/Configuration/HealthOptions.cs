namespace Gateway.Configuration;

/// <summary>When an instance leaves the rotation and how it returns. Key: <c>health</c>.</summary>
internal sealed record HealthOptions
{
    /// <summary>Time between active checks. The failure ratio looks at the calls of the last <c>interval</c>, but of 4 s at most. Default 30 s, range 1s..1h.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Share of failed calls that opens the circuit. Default 0.5, range 0.01..1.</summary>
    public double FailureRatio { get; init; } = 0.5;

    /// <summary>Calls needed before the ratio counts. Default 5, range 2..100000.</summary>
    public int MinimumCalls { get; init; } = 5;

    /// <summary>How long an opened circuit stays open before a probe. Default 30 s, range 500ms..24h.</summary>
    public TimeSpan Break { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Are instances probed without traffic. Default true.</summary>
    public bool Active { get; init; } = true;
}
