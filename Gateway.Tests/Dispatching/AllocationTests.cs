using Gateway.Scheduling;
using Xunit;

namespace Gateway.Tests.Dispatching;

/// <summary>In steady state a step allocates nothing, whatever the event.</summary>
public sealed class AllocationTests
{
    private const int Queued = 10_000;
    private const int Cycles = 4000;

    /// <summary>Until the timer heap has its final size and was compacted.</summary>
    private const int WarmUps = 8;
    private static readonly TierPolicy[] Tiers =
    [
        new() { Priority = 1, Preemptive = true, MaxQueueLength = Queued },
        new() { Priority = 2, Preemptive = true, PreemptAfter = TimeSpan.FromMilliseconds(2), MaxQueueLength = Queued },
        new() { Priority = 3, MaxQueueLength = Queued },
        new() { Priority = 4, MaxQueueLength = Queued },
    ];

    private readonly SchedulerCore _core = new(new SchedulerOptions { Tiers = Tiers, InstanceLimits = [4, 4] });
    private readonly List<Effect> _effects = new(64);
    private readonly Queue<WorkItem> _running = new(64);
    private long _now;

    [Fact]
    public void Step_SteadyState_AllocatesNothing()
    {
        for (int i = 0; i < Queued; i++)
        {
            Step(SchedulerEvent.Submit(Item(i)));
        }

        WorkItem[] items = [.. Enumerable.Range(0, (WarmUps + 1) * Cycles).Select(Item)];
        Cycle(items.AsSpan(0, WarmUps * Cycles));
        long before = GC.GetAllocatedBytesForCurrentThread();
        Cycle(items.AsSpan(WarmUps * Cycles));
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(0, allocated);
    }

    private static WorkItem Item(int i) => new(Tiers[i % 4], i % 3 == 0 ? InstanceSet.FirstOf(2) : InstanceSet.Of(i % 2), bytes: 1);

    /// <summary>Arrivals, ends, preemptions and departures of callers, about as many in as out.</summary>
    private void Cycle(ReadOnlySpan<WorkItem> items)
    {
        foreach (WorkItem item in items)
        {
            Step(SchedulerEvent.Submit(item));
            if (item.Sequence % 5 == 0)
            {
                Step(SchedulerEvent.CallerGone(item));
            }

            WorkItem running = _running.Dequeue();
            if (running.State == ItemState.Running && running.Sequence % 7 == 0)
            {
                // Refused by a window that is opened again right after.
                Step(SchedulerEvent.WindowChanged(running.Instance, running.Policy.Priority, _now + 5000));
                Step(SchedulerEvent.AttemptEnded(running, running.Attempts, AttemptVerdict.Deferred));
                Step(SchedulerEvent.WindowChanged(running.Instance, 0, 0));
                continue;
            }

            Step(SchedulerEvent.WindowPassed(running, running.Attempts));
            Step(SchedulerEvent.AttemptEnded(
                running, running.Attempts, running.State == ItemState.Revoking ? AttemptVerdict.Preempted : AttemptVerdict.Final));
        }
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
