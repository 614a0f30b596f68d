using System.ComponentModel;

namespace Gateway.Management.Instances;

/// <summary>One instance in the list of all. Counters begin at the start, or at the last reset.</summary>
internal sealed record InstanceRow
{
    [Description("active, disabled (by its configuration), paused (the upstream asked for it) or unavailable (its circuit is open).")]
    public required InstanceStatus Status { get; init; }

    [Description("What its circuit says: healthy (closed), recovering (half-open) or unhealthy (open).")]
    public required HealthStatus HealthStatus { get; init; }

    [Description("Upstream calls begun.")]
    public required long TotalRequests { get; init; }

    [Description("Upstream calls that ended well; an interrupted one is neither a success nor an error.")]
    public required long SuccessfulRequests { get; init; }

    [Description("Tokens in and out, from the usage in the answers.")]
    public required long TotalTokensServed { get; init; }

    [Description("Tokens in the last 60 seconds, the ones booked for calls that run included where the instance has a max_tpm.")]
    public required long CurrentTpm { get; init; }

    [Description("Upstream calls begun in the last 60 seconds.")]
    public required long CurrentRpm { get; init; }

    [Description("Upstream calls that failed.")]
    public required long ErrorCount { get; init; }

    [Description("The larger of slots taken as a share of max_concurrency and, where the instance has one, current_tpm as a share of max_tpm. In percent.")]
    public required double UtilizationPercent { get; init; }

    [Description("When the last upstream call began; null before the first.")]
    public required DateTimeOffset? LastUsed { get; init; }
}
