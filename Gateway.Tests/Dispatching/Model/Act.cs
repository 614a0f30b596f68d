using Gateway.Scheduling;

namespace Gateway.Tests.Dispatching.Model;

/// <summary>One event in words that no scheduler owns, so that the core and the reference can be told the same.</summary>
internal readonly record struct Act(
    SchedulerEventKind Kind, int Item = -1, int Attempt = 0, AttemptVerdict Verdict = default, bool SlotHeld = false,
    long Value = 0, int Instance = 0, GateKind Gate = default, ItemSpec? Spec = null, IReadOnlyList<TierPolicy>? Tiers = null);

/// <summary>One item as its submitter describes it. Ids count from 0 in the order of submission.</summary>
internal sealed record ItemSpec(int Id, TierPolicy Policy, InstanceSet Instances, long Bytes, TimeSpan? CallerDeadline);

/// <summary>One effect, without the estimate of how long to wait (that has tests of its own).</summary>
internal readonly record struct Fx(
    EffectKind Kind, int Item, int Attempt = 0, int Instance = -1, bool Preemptible = false,
    CancellationReason Cancellation = default, EndReason End = default);

/// <summary>Slots of one instance as a scheduler counts them.</summary>
internal readonly record struct SlotCounts(int Running, int Ending, int Cooling, int Leaked);

/// <summary>Something that takes events and gives effects: the core, the reference, or a broken reference.</summary>
internal interface ISchedulerModel
{
    /// <summary>Takes one event; appends the effects, timers left out.</summary>
    void Step(in Act act, long now, List<Fx> effects);

    /// <summary>When it wants to be ticked; null when it arms no timers.</summary>
    long? ArmedAt { get; }

    int LiveItems { get; }

    ItemState StateOf(int item);

    SlotCounts CountsOf(int instance);
}
