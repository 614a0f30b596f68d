using Gateway.Scheduling;
using Xunit;

namespace Gateway.Tests.Dispatching;

/// <summary>Single situations of the core, most of them found by the random runs and kept in their shortest form.</summary>
public sealed class SchedulerCoreTests
{
    private static readonly TierPolicy High = new() { Priority = 1, Preemptive = true };
    private static readonly TierPolicy Low = new() { Priority = 3 };
    private static readonly RetryAdvice Again = new() { MaxRetries = int.MaxValue };
    private readonly List<Effect> _effects = [];
    private SchedulerCore _core = Core(1);

    [Fact]
    [Trait("row", "S7")]
    public void Step_SubmitAfterCallersDeadline_Rejects()
    {
        WorkItem item = new(Low, InstanceSet.Of(0)) { CallerDeadline = TimeSpan.Zero };

        Step(SchedulerEvent.Submit(item), 5);

        Assert.Equal(EndReason.DeadlineExceeded, Only(EffectKind.Reject).End);
        Assert.Equal(0, item.Attempts);
    }

    [Theory]
    [InlineData(AttemptVerdict.Retry)]
    [InlineData(AttemptVerdict.Preempted)]
    [Trait("row", "S7")]
    public void Step_AttemptEndsAfterCallersDeadline_EvictsInsteadOfGrantingAgain(AttemptVerdict verdict)
    {
        WorkItem item = new(Low, InstanceSet.Of(0)) { CallerDeadline = TimeSpan.FromTicks(100) };
        Step(SchedulerEvent.Submit(item), 1);

        Step(SchedulerEvent.AttemptEnded(item, 1, verdict, retry: Again), 101);

        Assert.Equal(EndReason.DeadlineExceeded, Only(EffectKind.Evict).End);
        Assert.Equal(0, _core.LiveItems);
    }

    [Theory]
    [InlineData(EndReason.CallerGone, AttemptVerdict.Retry)]
    [InlineData(EndReason.CallerGone, AttemptVerdict.Preempted)]
    [InlineData(EndReason.Draining, AttemptVerdict.Retry)]
    [InlineData(EndReason.Expired, AttemptVerdict.Retry)]
    [InlineData(EndReason.DeadlineExceeded, AttemptVerdict.Preempted)]
    public void Step_WaitEndsWhileUpstreamCallIsNotSeenToEnd_EvictsAtOnceAndKeepsTheSlot(EndReason reason, AttemptVerdict verdict)
    {
        TierPolicy policy = Low with { QueueTimeout = TimeSpan.FromTicks(50) };
        WorkItem item = new(policy, InstanceSet.Of(0))
        {
            CallerDeadline = reason == EndReason.DeadlineExceeded ? TimeSpan.FromTicks(40) : null,
            EstimatedTokens = 3,
        };
        WorkItem waiting = new(Low, InstanceSet.Of(0));
        Step(SchedulerEvent.Submit(item), 1);
        Step(SchedulerEvent.Submit(waiting), 2);
        Step(SchedulerEvent.AttemptEnded(item, 1, verdict, slotHeld: true, retry: Again), 11);
        Assert.DoesNotContain(_effects, static effect => effect.Kind == EffectKind.Evict);

        Step(
            reason switch
            {
                EndReason.CallerGone => SchedulerEvent.CallerGone(item),
                EndReason.Draining => SchedulerEvent.DrainExpired(),
                _ => SchedulerEvent.Tick(),
            },
            reason == EndReason.Expired ? 61 : 41);

        Effect evict = Assert.Single(_effects, effect => effect.Kind == EffectKind.Evict && effect.Item == item);
        Assert.Equal(reason, evict.End);
        Assert.Equal((reason == EndReason.Draining ? 1 : 2, reason == EndReason.Draining ? 0 : 1), (_core.LiveItems, _core.OpenItems));
        Assert.Equal(1, _core.Capacity[0].Ending);

        long wasted = item.WastedTicks;
        Step(SchedulerEvent.CallerGone(item), 70);
        Step(SchedulerEvent.DrainExpired(), 71);
        Step(SchedulerEvent.SlotReleased(item, 1), 80);
        Assert.DoesNotContain(_effects, effect => effect.Item == item);
        Assert.Equal((ItemState.Done, 0, 1), (item.State, _core.Capacity[0].Taken, item.Attempts));
        Assert.Equal(reason == EndReason.Expired ? 60 : 40, wasted);
        Assert.Equal((wasted, 3L), (item.WastedTicks, item.WastedTokens));
        Assert.Equal((wasted, 3L), (_core.Lanes[1].Totals.WastedTicks, _core.Lanes[1].Totals.WastedTokens));
        Assert.Equal((0, 0), (_core.LiveItems, _core.OpenItems));
    }

    [Theory]
    [InlineData(EndReason.CallerGone)]
    [InlineData(EndReason.Draining)]
    [InlineData(EndReason.DeadlineExceeded)]
    public void Step_VerdictAfterItsCallerNeedsNoneAndSlotHeld_EvictsAtOnceAndStillReportsTheLeak(EndReason reason)
    {
        WorkItem item = new(Low, InstanceSet.Of(0)) { CallerDeadline = reason == EndReason.DeadlineExceeded ? TimeSpan.FromTicks(5) : null };
        Step(SchedulerEvent.Submit(item), 1);
        if (reason != EndReason.DeadlineExceeded)
        {
            Step(reason == EndReason.CallerGone ? SchedulerEvent.CallerGone(item) : SchedulerEvent.DrainExpired(), 2);
        }

        Step(SchedulerEvent.AttemptEnded(item, 1, AttemptVerdict.Retry, slotHeld: true, retry: Again), 9);
        Assert.Equal(reason, Only(EffectKind.Evict).End);

        Step(SchedulerEvent.Tick(), TimeSpan.FromSeconds(11).Ticks);
        Only(EffectKind.Leaked);
        Assert.Equal(1, _core.Capacity[0].Leaked);
        Step(SchedulerEvent.SlotReleased(item, 1), TimeSpan.FromSeconds(12).Ticks);
        Assert.Equal(0, _core.Capacity[0].Taken);
    }

    [Fact]
    public void Step_TriedAgainAfterASlowEnd_TheTimeUntilTheSlotCameBackCountsAsWaiting()
    {
        WorkItem item = new(Low with { QueueTimeout = TimeSpan.FromTicks(50) }, InstanceSet.Of(0));
        Step(SchedulerEvent.Submit(item), 1);
        Step(SchedulerEvent.AttemptEnded(item, 1, AttemptVerdict.Retry, slotHeld: true, retryAt: 100, retry: Again), 10);

        Step(SchedulerEvent.SlotReleased(item, 1), 40);
        Assert.Equal(ItemState.Sleeping, item.State);

        Step(SchedulerEvent.Tick(), 60);
        Assert.Equal((EndReason.Expired, 50L), (Only(EffectKind.Evict).End, item.WaitedTicks));
    }

    [Theory]
    [InlineData(true, CancellationReason.CallerGone)]
    [InlineData(false, CancellationReason.Draining)]
    public void Step_CommitBeatsRevokeAfterCallerLeftOrDrainExpired_RevokesForThat(bool callerLeft, CancellationReason reason)
    {
        WorkItem item = new(Low, InstanceSet.Of(0));
        Step(SchedulerEvent.Submit(item), 1);
        Step(SchedulerEvent.Submit(new WorkItem(High, InstanceSet.Of(0))), 2);
        Assert.Equal(CancellationReason.Preempted, Only(EffectKind.Revoke).Cancellation);
        Step(callerLeft ? SchedulerEvent.CallerGone(item) : SchedulerEvent.DrainExpired(), 3);

        Step(SchedulerEvent.Committed(item, 1), 4);

        Assert.Equal(reason, Only(EffectKind.Revoke).Cancellation);
    }

    [Fact]
    [Trait("row", "S3")]
    public void Step_SlotsComingFreeServeEveryWaiter_RevokesNobodyElse()
    {
        _core = Core(2, 1);
        WorkItem[] running = [new(Low, InstanceSet.Of(0)), new(Low, InstanceSet.Of(0)), new(Low, InstanceSet.Of(1))];
        foreach (WorkItem item in running)
        {
            Step(SchedulerEvent.Submit(item), 1 + item.Sequence);
        }

        Step(SchedulerEvent.Submit(new WorkItem(High, InstanceSet.FirstOf(2))), 10);
        Assert.Same(running[2], Only(EffectKind.Revoke).Item);
        Step(SchedulerEvent.Submit(new WorkItem(High, InstanceSet.Of(0))), 11);
        Assert.Same(running[1], Only(EffectKind.Revoke).Item);

        // The first waiter can use both slots and must not be counted on the only one that the second can use.
        Step(SchedulerEvent.Tick(), 12);

        Assert.DoesNotContain(_effects, static effect => effect.Kind == EffectKind.Revoke);
    }

    [Fact]
    [Trait("row", "S2")]
    public void Step_StarvedItemsOnTwoInstances_EachInstanceHasItsOwnTurns()
    {
        _core = Core(1, 1);
        TierPolicy ageing = Low with { AgeLimit = TimeSpan.FromTicks(1) };
        Queue<WorkItem> onSecond = new();
        WorkItem first = new(High, InstanceSet.Of(0)), second = new(High, InstanceSet.Of(1)), starved = new(ageing, InstanceSet.Of(0));
        Step(SchedulerEvent.Submit(first), 1);
        Step(SchedulerEvent.Submit(second), 1);
        for (int i = 0; i < 4; i++)
        {
            onSecond.Enqueue(new WorkItem(ageing, InstanceSet.Of(1)));
            Step(SchedulerEvent.Submit(onSecond.Last()), 1);
        }

        Step(SchedulerEvent.Submit(starved), 1);
        WorkItem lastOnSecond = second;
        for (long now = 2; now < 6; now++)
        {
            // One slot of the second instance, then three of the first: a common count of turns is never due on the first.
            WorkItem next = onSecond.Dequeue();
            Step(SchedulerEvent.AttemptEnded(lastOnSecond, 1, AttemptVerdict.Final), now);
            lastOnSecond = next;
            for (int i = 0; i < 3 && starved.Attempts == 0; i++)
            {
                WorkItem urgent = new(High, InstanceSet.Of(0));
                Step(SchedulerEvent.Submit(urgent), now);
                Step(SchedulerEvent.AttemptEnded(first, 1, AttemptVerdict.Final), now);
                first = urgent;
            }
        }

        Assert.Equal(1, starved.Attempts);
    }

    [Fact]
    public void Step_LimitsOfMaxValue_NeverPass()
    {
        TierPolicy patient = Low with { QueueTimeout = TimeSpan.MaxValue, Preemptive = true, PreemptAfter = TimeSpan.MaxValue };
        WorkItem waiting = new(patient, InstanceSet.Of(0)) { CallerDeadline = TimeSpan.MaxValue };
        Step(SchedulerEvent.Submit(new WorkItem(Low with { Priority = 1 }, InstanceSet.Of(0))), 1);
        Step(SchedulerEvent.Submit(waiting), 1);

        Step(SchedulerEvent.Tick(), long.MaxValue / 2);

        Assert.Equal(ItemState.Queued, waiting.State);
        Assert.Empty(_effects);
    }

    [Fact]
    public void Step_GatesChangeOften_NoTimersPileUpAndTheLastOneOpens()
    {
        WorkItem item = new(Low, InstanceSet.Of(0));
        for (int i = 0; i < 1000; i++)
        {
            Step(SchedulerEvent.WindowChanged(0, 1, 8002 + i), 1);
            Step(SchedulerEvent.GateChanged(0, GateKind.Pause, 5000 + i), 1);
        }

        Assert.Equal(0, _core.TimerCount);
        Step(SchedulerEvent.Submit(item), 1);
        Step(SchedulerEvent.Tick(), 9000);
        Assert.Equal(9001, Only(EffectKind.ArmTimer).Ticks);
        Step(SchedulerEvent.Tick(), 9001);
        Only(EffectKind.Grant);
    }

    [Fact]
    public void Step_GateOpensEarlierThanItWasToldTo_ArmsTheTimerForThat()
    {
        Step(SchedulerEvent.GateChanged(0, GateKind.Pause, 500), 1);
        Assert.Equal(500, Only(EffectKind.ArmTimer).Ticks);
        Step(SchedulerEvent.GateChanged(0, GateKind.Pause, 90), 2);
        Assert.Equal(90, Only(EffectKind.ArmTimer).Ticks);
        Step(SchedulerEvent.GateChanged(0, GateKind.Circuit, long.MaxValue), 3);

        Step(SchedulerEvent.Tick(), 90);

        Assert.Empty(_effects);
    }

    [Fact]
    public void Journal_SubmitAndHeldEnd_ShowTheSequenceNumberAndTheSlot()
    {
        WorkItem first = new(Low, InstanceSet.Of(0)), second = new(Low, InstanceSet.Of(0));
        Step(SchedulerEvent.Submit(first), 1);
        Step(SchedulerEvent.Submit(second), 2);
        Step(SchedulerEvent.AttemptEnded(first, 1, AttemptVerdict.Final, slotHeld: true), 3);

        string journal = _core.Journal.ToString();

        Assert.Contains("1 > Submit item=1/0", journal, StringComparison.Ordinal);
        Assert.Contains("2 > Submit item=2/0", journal, StringComparison.Ordinal);
        Assert.Contains("3 > AttemptEnded item=1/1 instance=0 detail=0 value=0 held\n", journal, StringComparison.Ordinal);
    }

    private static SchedulerCore Core(params int[] limits) => new(new SchedulerOptions { Tiers = [High, Low], InstanceLimits = limits });

    private void Step(in SchedulerEvent e, long now)
    {
        _effects.Clear();
        _core.Step(e, now, _effects);
    }

    private Effect Only(EffectKind kind) => Assert.Single(_effects, effect => effect.Kind == kind);
}
