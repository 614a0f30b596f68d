using System.ComponentModel;

namespace Gateway.Management.Statistics;

/// <summary>One metric over time.</summary>
internal sealed record UsageAnswer
{
    public required UsageMetric Metric { get; init; }

    [Description("requests, tokens, calls, milliseconds or seconds.")]
    public required string Unit { get; init; }

    [Description("The instance it is about; null for all.")]
    public required string? Instance { get; init; }

    [Description("Priority of the tier it is about; null for all.")]
    public required int? Tier { get; init; }

    public required int WindowMinutes { get; init; }

    public required int GranularityMinutes { get; init; }

    [Description("The numbers are those of all gateways on the same Redis; else of this one alone.")]
    public required bool Shared { get; init; }

    [Description("In order, without gaps; points begin at whole multiples of the granularity, and the last one is still under way.")]
    public required IReadOnlyList<UsagePoint> TimeSeries { get; init; }

    public required DateTimeOffset Timestamp { get; init; }
}
