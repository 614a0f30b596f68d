using System.ComponentModel;
using Gateway.Management.Instances;
using Gateway.Recording.Usage;

namespace Gateway.Management.Statistics;

/// <summary>What one instance has done in a window of time.</summary>
internal sealed record InstanceUsageRow
{
    [Description("What it is now: active, disabled, paused or unavailable.")]
    public required InstanceStatus Status { get; init; }

    [Description("What its circuit says now.")]
    public required HealthStatus HealthStatus { get; init; }

    [Description("Upstream calls that ended.")]
    public required long Requests { get; init; }

    [Description("Upstream calls that failed.")]
    public required long Errors { get; init; }

    [Description("Errors as a share of the requests, 0 to 1; 0 without any.")]
    public required double ErrorRate { get; init; }

    [Description("Upstream calls that were interrupted for more urgent requests.")]
    public required long Preemptions { get; init; }

    [Description("Slot time of interrupted calls.")]
    public required double WastedSeconds { get; init; }

    public required long InputTokens { get; init; }

    public required long OutputTokens { get; init; }

    [Description("In and out.")]
    public required long Tokens { get; init; }

    [Description("Mean time of the calls that were answered, to the end of the answer; null without any.")]
    public required double? AvgLatencyMs { get; init; }

    [Description("Mean over the window.")]
    public required double RequestsPerMinute { get; init; }

    [Description("Mean over the window.")]
    public required double TokensPerMinute { get; init; }

    public static InstanceUsageRow Of(InstanceRow now, UsageCounts counts, int minutes)
    {
        long requests = counts[UsageField.Requests];
        long tokens = UsageValues.Tokens(counts);
        return new InstanceUsageRow
        {
            Status = now.Status,
            HealthStatus = now.HealthStatus,
            Requests = requests,
            Errors = counts[UsageField.Errors],
            ErrorRate = requests == 0 ? 0 : Math.Round((double)counts[UsageField.Errors] / requests, 4),
            Preemptions = counts[UsageField.Preemptions],
            WastedSeconds = UsageValues.Of(UsageMetric.WastedSeconds, counts)!.Value,
            InputTokens = counts[UsageField.InputTokens],
            OutputTokens = counts[UsageField.OutputTokens],
            Tokens = tokens,
            AvgLatencyMs = UsageValues.Of(UsageMetric.Latency, counts),
            RequestsPerMinute = Math.Round((double)requests / minutes, 2),
            TokensPerMinute = Math.Round((double)tokens / minutes, 2),
        };
    }
}
