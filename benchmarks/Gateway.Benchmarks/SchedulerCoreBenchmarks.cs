using BenchmarkDotNet.Attributes;
using Gateway.Scheduling;

namespace Gateway.Benchmarks;

/// <summary>
/// The core alone, in steady state. Items are used again after their end, so that only what the core itself allocates is counted.
/// </summary>
[MemoryDiagnoser]
public class SchedulerCoreBenchmarks
{
    private const int Queued = 10_000;

    /// <summary>Closed for the whole run: its items wait, and every search has to pass them by.</summary>
    private const int Closed = 1;

    private static readonly TierPolicy[] Tiers =
        [.. Enumerable.Range(1, 4).Select(static i => new TierPolicy { Priority = i, Preemptive = i == 1, MaxQueueLength = Queued })];

    private readonly List<Effect> _effects = new(16);
    private readonly Queue<WorkItem> _running = new(64);
    private SchedulerCore _core = null!;
    private WorkItem _idle = null!;
    private long _now;

    /// <summary>The tier that is served: the first is found at once, the last after the tiers above it were looked at in vain.</summary>
    [Params(1, 4)]
    public int ServedTier { get; set; }

    [GlobalSetup]
    public void Fill()
    {
        _core = new SchedulerCore(new SchedulerOptions { Tiers = Tiers, InstanceLimits = [16, 16] });
        Step(SchedulerEvent.GateChanged(Closed, GateKind.Pause, long.MaxValue));
        for (int i = 0; i < Queued + 16; i++)
        {
            TierPolicy tier = Tiers[i % 4];
            Step(SchedulerEvent.Submit(new WorkItem(tier, InstanceSet.Of(tier.Priority < ServedTier ? Closed : 0))));
        }

        _idle = new WorkItem(Tiers[ServedTier - 1], InstanceSet.Of(0));
    }

    /// <summary>One item arrives, one running attempt ends, the best waiter is granted its slot: two steps.</summary>
    [Benchmark]
    public int AdmitGrantComplete()
    {
        SchedulerItems.Reuse(_idle);
        Step(SchedulerEvent.Submit(_idle));
        WorkItem ended = _running.Dequeue();
        Step(SchedulerEvent.AttemptEnded(ended, ended.Attempts, AttemptVerdict.Final));
        _idle = ended.Policy.Priority == ServedTier ? ended : new WorkItem(Tiers[ServedTier - 1], InstanceSet.Of(0));
        return _effects.Count;
    }

    private void Step(in SchedulerEvent e)
    {
        _effects.Clear();
        _core.Step(e, _now += 1000, _effects);
        foreach (Effect effect in _effects)
        {
            if (effect.Kind == EffectKind.Grant)
            {
                _running.Enqueue(effect.Item!);
            }
        }
    }
}
