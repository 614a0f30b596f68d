using Gateway.Scheduling;

namespace Load.Replay;

/// <summary>One row of the comparison: how to schedule, and the figures that were published for it.</summary>
internal sealed record ReplayPolicy
{
    private const int UrgentPriority = 1;
    private const int LowPriority = 2;

    public required string Name { get; init; }

    /// <summary>The published figures, to hold the replay against.</summary>
    public required ReplayFigures Published { get; init; }

    /// <summary>Urgent and low work wait in one lane.</summary>
    public bool OneLane { get; init; }

    /// <summary>Urgent work may interrupt low work.</summary>
    public bool Preemptive { get; init; }

    /// <summary>How long urgent work waits before it does.</summary>
    public TimeSpan Patience { get; init; }

    public VictimOrder VictimOrder { get; init; } = VictimOrder.Newest;

    public TimeSpan SeniorityPerPreemption { get; init; }

    public int MaxPreemptions { get; init; } = int.MaxValue;

    /// <summary>What an interrupted item need not do again.</summary>
    public Func<SimulatedItem, long, long> KeptWork { get; init; } = InterruptionOptions.Restart;

    /// <summary>The scheduler with this policy; its tiers are <see cref="ReplayLoad.Urgent"/> and <see cref="ReplayLoad.Low"/>.</summary>
    public SchedulerOptions ToOptions(int slots) => new()
    {
        Tiers =
        [
            UnboundedTier.Of(UrgentPriority) with { Preemptive = Preemptive, PreemptAfter = Patience },
            UnboundedTier.Of(OneLane ? UrgentPriority : LowPriority) with { MaxPreemptions = MaxPreemptions },
        ],
        InstanceLimits = [slots],
        VictimOrder = VictimOrder,
        SeniorityPerPreemption = SeniorityPerPreemption,
    };
}
