using Gateway.Scheduling;

namespace Gateway.Tests.Dispatching.Model;

/// <summary>What the reference scheduler remembers of an item.</summary>
internal sealed class ReferenceItem(ItemSpec spec)
{
    public ItemSpec Spec => spec;

    public TierPolicy Policy { get; set; } = spec.Policy;

    public InstanceSet Instances { get; set; } = spec.Instances;

    /// <summary>Order of service inside the lane: the order of arrival.</summary>
    public int Order { get; set; } = spec.Id;

    public ItemState State { get; set; }

    public long ArrivedAt { get; set; }

    public long WaitingSince { get; set; }

    public long Waited { get; set; }

    public long PatienceEnd { get; set; }

    public RetryAdvice Advice { get; set; }

    public long RetryAt { get; set; }

    public int Retries { get; set; }

    /// <summary>Instances that failed for it, to be left alone until <see cref="WakesAt"/>, if ever.</summary>
    public InstanceSet Avoided { get; set; }

    public long? WakesAt { get; set; }

    public InstanceSet Route => new(Instances.Bits & ~Avoided.Bits);

    public int Attempt { get; set; }

    public int Instance { get; set; } = -1;

    public bool HasEarned { get; set; }

    public long StartedAt { get; set; }

    public int GrantOrder { get; set; }

    /// <summary>The running attempt was granted as one that may be interrupted.</summary>
    public bool Interruptible { get; set; }

    public bool Committed { get; set; }

    public bool CallerGone { get; set; }

    public bool Leaked { get; set; }

    public long EndingSince { get; set; }

    public CancellationReason Revoked { get; set; }

    public AttemptVerdict Verdict { get; set; }

    public int Preemptions { get; set; }

    public bool HoldsSlot => State is ItemState.Running or ItemState.Revoking or ItemState.Closing;

    /// <summary>Evicted while it waited for its slot.</summary>
    public bool IsOver { get; set; }

    /// <summary>Something may end its wait: in the lane, asleep, or while its last attempt's call is not seen to end.</summary>
    public bool Waits => State is ItemState.Queued or ItemState.Sleeping
        || (State == ItemState.Closing && Verdict != AttemptVerdict.Final && !IsOver);

    public long WaitLimit => Math.Min(
        WaitingSince + Math.Max(0, QueueTimeout.Ticks - Waited), CallerDeadline);

    public TimeSpan QueueTimeout { get; set; } = spec.Policy.QueueTimeout;

    public long CallerDeadline => spec.CallerDeadline is { } deadline ? ArrivedAt + deadline.Ticks : long.MaxValue;
}
