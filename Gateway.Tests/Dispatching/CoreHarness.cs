using Gateway.Scheduling;
using Xunit;

namespace Gateway.Tests.Dispatching;

/// <summary>A core at a time of its own, and the effects of its last step.</summary>
internal sealed class CoreHarness(SchedulerOptions options)
{
    public static readonly TierPolicy High = new() { Priority = 1, Preemptive = true };
    public static readonly TierPolicy Low = new() { Priority = 3 };
    private readonly List<Effect> _effects = [];

    public CoreHarness(params int[] limits)
        : this(new SchedulerOptions { Tiers = [High, Low], InstanceLimits = limits })
    {
    }

    public SchedulerCore Core { get; } = new(options);

    public long Now { get; private set; } = 1;

    public IReadOnlyList<Effect> Effects => _effects;

    /// <summary>Moves the clock and steps.</summary>
    public void Step(in SchedulerEvent e, long after = 0)
    {
        _effects.Clear();
        Core.Step(e, Now += after, _effects);
    }

    public void Tick(long after) => Step(SchedulerEvent.Tick(), after);

    public WorkItem Submit(TierPolicy policy, InstanceSet instances)
    {
        var item = new WorkItem(policy, instances);
        Step(SchedulerEvent.Submit(item));
        return item;
    }

    public WorkItem Submit(TierPolicy? policy = null) => Submit(policy ?? Low, InstanceSet.FirstOf(options.InstanceLimits.Count));

    /// <summary>The item's attempt fails now; what failed may be tried again after so many ticks.</summary>
    public void Fail(WorkItem item, long after = 0, int retries = 9, int failovers = 9, bool unreached = false, bool slotHeld = false) =>
        Step(SchedulerEvent.AttemptEnded(item, item.Attempts, AttemptVerdict.Retry, slotHeld, Now + after,
            new RetryAdvice { MaxRetries = retries, MaxFailovers = failovers, Unreached = unreached }));

    public void End(WorkItem item, AttemptVerdict verdict = AttemptVerdict.Final) =>
        Step(SchedulerEvent.AttemptEnded(item, item.Attempts, verdict));

    public void Close(int instance, long ticks) =>
        Step(SchedulerEvent.GateChanged(instance, GateKind.Circuit, ticks == long.MaxValue ? ticks : Now + ticks));

    public Effect Only(EffectKind kind) => Assert.Single(_effects, effect => effect.Kind == kind);

    public void Nothing(EffectKind kind) => Assert.DoesNotContain(_effects, effect => effect.Kind == kind);
}
