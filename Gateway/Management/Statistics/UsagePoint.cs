using System.ComponentModel;

namespace Gateway.Management.Statistics;

/// <summary>One point of a time series.</summary>
internal sealed record UsagePoint
{
    [Description("Begin of the stretch that it sums up.")]
    public required DateTimeOffset Timestamp { get; init; }

    [Description("The sum, or the mean for latency and queue_time: null where there was nothing to take the mean of.")]
    public required double? Value { get; init; }
}
