namespace Gateway.Scheduling;

/// <summary>What a <see cref="SchedulerCore"/> is built from.</summary>
public sealed record SchedulerOptions
{
    /// <summary>The policies of all ports; their distinct priorities are the lanes. At least one.</summary>
    public required IReadOnlyList<TierPolicy> Tiers { get; init; }

    /// <summary>Slots of the instances 0, 1, ... at the start; at most 64, each 0 or more. Later changes come as events.</summary>
    public required IReadOnlyList<int> InstanceLimits { get; init; }

    /// <summary>Traits of the instances 0, 1, ... at the start; <see cref="InstanceTraits.Default"/> for those not listed. Default none.</summary>
    public IReadOnlyList<InstanceTraits> InstanceTraits { get; init; } = [];

    /// <summary>Which of several instances an attempt goes to, at the start. Default failover.</summary>
    public RoutingStrategy Routing { get; init; }

    /// <summary>How long a slot rests after a revoked attempt ended, for upstreams that free their capacity late. Default zero.</summary>
    public TimeSpan ReleaseDelay { get; init; }

    /// <summary>After this long without its end, a cancelled attempt's slot counts as leaked. Default 10 s.</summary>
    public TimeSpan CancelConfirmTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Which attempt of the least urgent tier is interrupted. Default the newest, which has the least to lose.</summary>
    public VictimOrder VictimOrder { get; init; } = VictimOrder.Newest;

    /// <summary>An attempt counts as started this much earlier for each time its item was preempted before. Default 2 s.</summary>
    public TimeSpan SeniorityPerPreemption { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Retries that each first attempt earns, saved up to 100. Default 0.2, 0 to 1.</summary>
    public double RetryBudget { get; init; } = 0.2;

    /// <summary>Retries to start with, and that come back in each 10 s while fewer are left. Default 3, 0 or more.</summary>
    public int RetryFloor { get; init; } = 3;
}
