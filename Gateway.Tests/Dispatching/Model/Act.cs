using Gateway.Scheduling;

namespace Gateway.Tests.Dispatching.Model;

/// <summary>One event in words that no scheduler owns, so that the core and the reference can be told the same.</summary>
internal readonly record struct Act(
    SchedulerEventKind Kind, int Item = -1, int Attempt = 0, AttemptVerdict Verdict = default, bool SlotHeld = false,
    long Value = 0, int Instance = 0, GateKind Gate = default, ItemSpec? Spec = null, IReadOnlyList<TierPolicy>? Tiers = null,
    RetryAdvice Retry = default, InstanceTraits? Traits = null, TierPolicy? Policy = null, int Priority = 0,
    IReadOnlyList<(int Item, InstanceSet Instances)>? Routes = null);
