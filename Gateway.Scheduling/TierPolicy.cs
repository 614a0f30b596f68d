namespace Gateway.Scheduling;

/// <summary>
/// What one port promises its callers. Ports of the same <see cref="Priority"/> share a lane and may differ in everything else.
/// Immutable: an item keeps the policy it arrived under.
/// </summary>
public sealed record TierPolicy
{
    /// <summary>Rank of the lane; a lower number is more urgent. Any integer.</summary>
    public required int Priority { get; init; }

    /// <summary>May this port's items interrupt running attempts of strictly less urgent tiers? Default false.</summary>
    public bool Preemptive { get; init; }

    /// <summary>How long an item waits before it may interrupt others. Default zero: at once.</summary>
    public TimeSpan PreemptAfter { get; init; }

    /// <summary>Take twice the mean gap between two slot releases instead of <see cref="PreemptAfter"/>. Default false.</summary>
    public bool PreemptAfterAuto { get; init; }

    /// <summary>How often an item of this port may be preempted before it becomes immune. Default 5, 0 = never a victim.</summary>
    public int MaxPreemptions { get; init; } = 5;

    /// <summary>The most items that may wait in the lane when an item of this port arrives. Default 1,000.</summary>
    public int MaxQueueLength { get; init; } = 1000;

    /// <summary>The most body bytes that may wait in the lane when an item of this port arrives. Default 256 MiB.</summary>
    public long MaxQueueBytes { get; init; } = 256L << 20;

    /// <summary>The longest an item may wait in all, its running time not counted. Default 10 minutes.</summary>
    public TimeSpan QueueTimeout { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Age from which an item at the head of its route group counts as starved: served first in 1 of 4 grants, and immune. Default none.</summary>
    public TimeSpan? AgeLimit { get; init; }
}
