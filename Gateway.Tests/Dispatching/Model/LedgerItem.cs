using Gateway.Scheduling;

namespace Gateway.Tests.Dispatching.Model;

/// <summary>What anybody can know of an item from the events and effects alone.</summary>
internal sealed class LedgerItem(ItemSpec spec, long now)
{
    public ItemSpec Spec => spec;

    /// <summary>Of its port, or of the tier it was promoted to.</summary>
    public TierPolicy Policy { get; set; } = spec.Policy;

    /// <summary>That may serve it by what was last said.</summary>
    public InstanceSet Instances { get; set; } = spec.Instances;

    public int Id => spec.Id;

    public ItemState State { get; set; } = ItemState.Queued;

    public long ArrivedAt { get; } = now;

    public long WaitingSince { get; set; } = now;

    public long Waited { get; set; }

    public long RetryAt { get; set; }

    public int Attempt { get; set; }

    public int Instance { get; set; } = -1;

    public bool HasEarned { get; set; }

    public long StartedAt { get; set; }

    public int GrantOrder { get; set; }

    public bool GrantedAsVictim { get; set; }

    public bool Committed { get; set; }

    public bool CallerGone { get; set; }

    public bool Leaked { get; set; }

    public long EndingSince { get; set; }

    public CancellationReason Revoked { get; set; }

    public AttemptVerdict Verdict { get; set; }

    public int Preemptions { get; set; }

    public int Retries { get; set; }

    public RetryAdvice Advice { get; set; }

    /// <summary>Its attempt failed, and nothing may follow by its advice.</summary>
    public bool IsSpent { get; set; }

    /// <summary>Instances that failed for it and that it must not be granted on before <see cref="WakesAt"/>.</summary>
    public InstanceSet Avoided { get; set; }

    /// <summary>When it stops sleeping or avoiding; <see cref="long.MaxValue"/> = never.</summary>
    public long WakesAt { get; set; }

    public InstanceSet Route => new(Instances.Bits & ~Avoided.Bits);

    /// <summary>Where it may be granted now or later; what a failure not followed yet will leave of it is open.</summary>
    public InstanceSet Reach =>
        Avoided.IsEmpty || WakesAt != long.MaxValue || (State == ItemState.Closing && Verdict == AttemptVerdict.Retry) ? Instances : Route;

    /// <summary>An operator has taken it out.</summary>
    public bool IsRemoved { get; set; }

    /// <summary>How often its end was seen; I1 wants exactly one.</summary>
    public int Ends { get; set; }

    public bool HoldsSlot => State is ItemState.Running or ItemState.Revoking or ItemState.Closing;

    /// <summary>It was evicted while its slot was not free yet: nothing is left of it but the slot.</summary>
    public bool IsOver { get; set; }

    /// <summary>In the lane, asleep, or waiting for the end of its last attempt's upstream call.</summary>
    public bool Waits => State is ItemState.Queued or ItemState.Sleeping
        || (State == ItemState.Closing && Verdict != AttemptVerdict.Final && !IsOver);

    public long Deadline => spec.CallerDeadline is { } deadline ? ArrivedAt + deadline.Ticks : long.MaxValue;

    public long WaitLimit => Math.Min(WaitingSince + Math.Max(0, spec.Policy.QueueTimeout.Ticks - Waited), Deadline);

    /// <summary>Its port may interrupt and its patience is over; with automatic patience only the core knows when, so it counts always.</summary>
    public bool IsEntitled(long now) =>
        State == ItemState.Queued && Policy.Preemptive && (Policy.PreemptAfterAuto || ArrivedAt + Policy.PreemptAfter.Ticks <= now);

    public bool IsStarved(long now) => Policy.AgeLimit is { } limit && now - ArrivedAt >= limit.Ticks;
}
