using Gateway.Management.Instances;

namespace Gateway.Management.Dashboard.Feed;

/// <summary>One instance.</summary>
internal sealed record FrameInstance
{
    public required string Name { get; init; }

    public required string Provider { get; init; }

    public required InstanceStatus Status { get; init; }

    public required HealthStatus Health { get; init; }

    /// <summary>Why it takes nothing; null when it does, or nobody said.</summary>
    public required string? Reason { get; init; }

    /// <summary>When it is asked again, in Unix milliseconds; null when nothing has to come first.</summary>
    public required long? BackAt { get; init; }

    /// <summary>Slots as configured.</summary>
    public required int Slots { get; init; }

    /// <summary>Slots it has now.</summary>
    public required int Limit { get; init; }

    public required int Running { get; init; }

    public required int Ending { get; init; }

    public required int Cooling { get; init; }

    public required int Leaked { get; init; }

    public required bool Open { get; init; }

    public required double Utilization { get; init; }

    public required double LatencyMs { get; init; }

    public required long Rpm { get; init; }

    public required long Tpm { get; init; }

    public required int? MaxTpm { get; init; }

    public required double ErrorRate { get; init; }

    public required long Errors { get; init; }
}
