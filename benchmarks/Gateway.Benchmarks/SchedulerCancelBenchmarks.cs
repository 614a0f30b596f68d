using BenchmarkDotNet.Attributes;
using Gateway.Scheduling;

namespace Gateway.Benchmarks;

/// <summary>A caller goes away while its item waits, anywhere in the lane. The cost must not grow with the lane.</summary>
[MemoryDiagnoser]
public class SchedulerCancelBenchmarks
{
    private static readonly TierPolicy Tier = new() { Priority = 1, MaxQueueLength = int.MaxValue };
    private static readonly TierPolicy Lower = new() { Priority = 2 };

    private readonly List<Effect> _effects = new(16);
    private SchedulerCore _core = null!;
    private WorkItem[] _items = null!;
    private ulong _draw = 1;
    private long _now;

    [Params(100, 10_000, 100_000)]
    public int Queued { get; set; }

    [GlobalSetup]
    public void Fill()
    {
        _core = new SchedulerCore(new SchedulerOptions { Tiers = [Tier, Lower], InstanceLimits = [1] });
        Step(SchedulerEvent.Submit(new WorkItem(Lower, InstanceSet.Of(0))));
        _items = [.. Enumerable.Range(0, Queued).Select(_ => new WorkItem(Tier, InstanceSet.Of(0)))];
        foreach (WorkItem item in _items)
        {
            Step(SchedulerEvent.Submit(item));
        }
    }

    /// <summary>A random item leaves, and to keep the lane as long as it was, arrives again.</summary>
    [Benchmark]
    public int CallerGoneAndNewArrival() => LeaveAndReturn(among: Queued);

    /// <summary>The same among a hundred items spread over the lane, which stay in the processor's cache: the algorithm's cost alone.</summary>
    [Benchmark]
    public int CallerGoneAndNewArrivalInCache() => LeaveAndReturn(among: 100);

    private int LeaveAndReturn(int among)
    {
        _draw = (_draw * 6364136223846793005) + 1442695040888963407;
        WorkItem item = _items[(int)((_draw >> 33) % (uint)among) * (Queued / among)];
        Step(SchedulerEvent.CallerGone(item));
        SchedulerItems.Reuse(item);
        Step(SchedulerEvent.Submit(item));
        return _effects.Count;
    }

    private void Step(in SchedulerEvent e)
    {
        _effects.Clear();
        _core.Step(e, _now += 1000, _effects);
    }
}
