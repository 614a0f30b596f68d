using System.ComponentModel;

namespace Gateway.Management.Instances;

/// <summary>What an instance has done since the start or the last reset; the fields of the list, and more.</summary>
internal sealed record InstanceUsageView
{
    public required long TotalRequests { get; init; }

    public required long SuccessfulRequests { get; init; }

    public required long TotalTokensServed { get; init; }

    public required long CurrentTpm { get; init; }

    public required long CurrentRpm { get; init; }

    public required double UtilizationPercent { get; init; }

    [Description("Failed calls as a share of those of the last 60 seconds, 0 to 1.")]
    public required double ErrorRate { get; init; }

    [Description("Moving average of the time to the head of the answer.")]
    public required double LatencyMs { get; init; }

    public required DateTimeOffset? LastUsed { get; init; }
}
