using Gateway.Scheduling;
using Gateway.Tests.Support;
using Xunit;
using static Gateway.Tests.Dispatching.CoreHarness;

namespace Gateway.Tests.Dispatching;

/// <summary>Windows that close by tier, and attempts that they refuse.</summary>
[Trait("req", "A5")]
public sealed class SchedulerWindowTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [Fact]
    public void Window_ClosedToALowTier_MoreUrgentOnesPass()
    {
        var core = new CoreHarness(2);
        Close(core, Low, 100);

        WorkItem low = core.Submit(Low), high = core.Submit(High);

        Assert.Equal((ItemState.Queued, ItemState.Running), (low.State, high.State));
        core.Step(SchedulerEvent.WindowPassed(high, 1));
        core.Tick(after: 100);
        Assert.Same(low, core.Only(EffectKind.Grant).Item);
    }

    [Fact]
    public void Window_ClosedToTheWaiter_NobodyIsInterruptedForIt()
    {
        var core = new CoreHarness(1);
        WorkItem low = core.Submit(Low);
        Close(core, High, 100);

        WorkItem high = core.Submit(High);
        core.Nothing(EffectKind.Revoke);

        core.Tick(after: 100);
        Assert.Same(low, core.Only(EffectKind.Revoke).Item);
        Assert.Equal(ItemState.Queued, high.State);
    }

    [Fact]
    public void Window_ClosedToTheHeadOfAnotherGroup_BlocksNobodyElse()
    {
        var core = new CoreHarness(1, 1);
        Close(core, High, 100);

        WorkItem urgent = core.Submit(High, InstanceSet.Of(0)), other = core.Submit(Low, InstanceSet.FirstOf(2));

        Assert.Equal((ItemState.Queued, ItemState.Running, 1), (urgent.State, other.State, other.Instance));
    }

    [Fact]
    public void Deferred_Attempt_LeavesNoTraceAndKeepsItsPlaceAndNumber()
    {
        var core = new CoreHarness(1);
        WorkItem first = core.Submit(Low), second = core.Submit(Low);
        Close(core, Low, 100);

        core.Step(SchedulerEvent.AttemptEnded(first, 1, AttemptVerdict.Deferred), after: 50);

        core.Nothing(EffectKind.Grant);
        Assert.Equal((ItemState.Queued, 0, 0L, 0L, 0, 0), (first.State, first.Attempts, first.WastedTicks, first.WastedTokens, first.Retries, first.Preemptions));
        TierSnapshot tier = new SnapshotBuilder(core.Core, core.Now).Build(0).Tiers[1];
        Assert.Equal((1L, 1L, 0L, 0L, 0L), (tier.Granted, tier.Deferred, tier.Retried, tier.Preempted, tier.WastedTokens));
        core.Tick(after: 50);
        Assert.Equal((first, 1, true), (core.Only(EffectKind.Grant).Item, core.Only(EffectKind.Grant).Attempt, core.Only(EffectKind.Grant).IsProbe));
        Assert.Equal(ItemState.Queued, second.State);
    }

    [Fact]
    public void Scarce_Window_LetsOneThroughAtATimeUntilNobodyWaits()
    {
        var core = new CoreHarness(9);
        Close(core, Low, 100);
        WorkItem[] items = [core.Submit(Low), core.Submit(Low), core.Submit(Low)];

        core.Tick(after: 100);
        for (int i = 0; i < items.Length; i++)
        {
            Assert.Equal((items[i], true), (core.Only(EffectKind.Grant).Item, core.Only(EffectKind.Grant).IsProbe));
            core.Step(SchedulerEvent.WindowPassed(items[i], 1));
        }

        Assert.False(IsProbe(core.Submit(Low)));
        Assert.False(IsProbe(core.Submit(Low)));

        bool IsProbe(WorkItem item)
        {
            Assert.Same(item, core.Only(EffectKind.Grant).Item);
            return core.Only(EffectKind.Grant).IsProbe;
        }
    }

    [Fact]
    public void Scarce_AttemptFromBeforeTheClosingPasses_TheOneAtItStaysAlone()
    {
        var core = new CoreHarness(9);
        WorkItem before = core.Submit(Low);
        Close(core, Low, 100);
        WorkItem probe = core.Submit(Low), next = core.Submit(Low);
        core.Tick(after: 100);
        Assert.Equal((ItemState.Running, ItemState.Queued), (probe.State, next.State));

        core.Step(SchedulerEvent.WindowPassed(before, 1));

        core.Nothing(EffectKind.Grant);
        core.Step(SchedulerEvent.WindowPassed(probe, 1));
        Assert.Same(next, core.Only(EffectKind.Grant).Item);
    }

    /// <summary>Promises of an executor that it does not keep must not make the scheduler spin.</summary>
    [Fact]
    public void Deferred_WindowNotClosed_IsPausedAllTheSame()
    {
        var core = new CoreHarness(1);
        WorkItem item = core.Submit(Low);

        core.Step(SchedulerEvent.AttemptEnded(item, 1, AttemptVerdict.Deferred));

        core.Nothing(EffectKind.Grant);
        Assert.Equal(core.Now + SchedulerCore.DeferralPause.Ticks, core.Only(EffectKind.ArmTimer).Ticks);
        core.Tick(after: SchedulerCore.DeferralPause.Ticks);
        core.Only(EffectKind.Grant);
    }

    [Fact]
    public async Task Deferred_ManyWait_EachOpeningAsksOnce()
    {
        await using var harness = new SchedulerHarness(slots: 100);
        var window = new RefusingWindow(harness.Scheduler, Minute);
        Task<RunResult>[] runs = [.. Enumerable.Range(0, 100).Select(_ =>
            harness.Scheduler.RunAsync(new WorkItem(SchedulerHarness.Low with { QueueTimeout = TimeSpan.FromHours(1) }, InstanceSet.Of(0)), window, CancellationToken.None).AsTask())];
        await harness.UntilAsync(static state => state.Tiers[1] is { Depth: 100, Running: 0 });
        int atFirst = window.Asked;

        for (int opening = 1; opening <= 5; opening++)
        {
            harness.Clock.Advance(Minute);
            await harness.UntilAsync(state => state.Tiers[1] is { Depth: 100, Running: 0 } && window.Asked > atFirst + opening - 1);
        }

        Assert.InRange(atFirst, 1, 100);
        Assert.Equal(atFirst + 5, window.Asked);

        window.Left = 100;
        harness.Clock.Advance(Minute);
        await Task.WhenAll(runs).Soon();
        Assert.Equal(atFirst + 5 + 100, window.Asked);
    }

    /// <summary>An executor that made no call and has one to end contradicts itself: the slot must come back all the same, and not before.</summary>
    [Fact]
    public async Task Deferred_UpstreamNotEnded_HoldsTheSlotUntilItIs()
    {
        await using var harness = new SchedulerHarness();
        (SchedulerHarness.Run run, ScriptedExecutor.Call call) = await harness.StartRunningAsync(SchedulerHarness.Low);
        var upstream = new TaskCompletionSource();

        call.End(AttemptVerdict.Deferred, upstream.Task);
        SchedulerSnapshot held = await harness.UntilAsync(static state => state.Tiers[1].Deferred == 1);
        upstream.SetResult();

        Assert.Equal((1, 0), (held.Instances[0].Ending, held.Tiers[1].Depth));
        await harness.UntilAsync(static state => state.Instances[0].Ending == 0 && state.Tiers[1].Depth == 1);
        harness.Clock.Advance(SchedulerCore.DeferralPause);
        ScriptedExecutor.Call again = await run.Executor.NextAsync();
        Assert.Equal(1, again.Attempt.Number);
        again.End(AttemptVerdict.Final);
        Assert.True((await run.EndAsync()).Executed);
    }

    [Fact]
    public void Deferred_CallerGoneBeforeItsSlotIsFree_WastesNothing()
    {
        var core = new CoreHarness(1);
        WorkItem item = core.Submit(Low);

        core.Step(SchedulerEvent.AttemptEnded(item, 1, AttemptVerdict.Deferred, slotHeld: true), after: 10);
        core.Step(SchedulerEvent.CallerGone(item), after: 10);
        Assert.Equal((EndReason.CallerGone, 1), (core.Only(EffectKind.Evict).End, core.Core.Capacity[0].Taken));
        core.Step(SchedulerEvent.SlotReleased(item, 1), after: 10);

        Assert.Equal((ItemState.Done, 0, 0L, 0), (item.State, item.Attempts, item.WastedTicks, core.Core.Capacity[0].Taken));
    }

    [Fact]
    public async Task Deferred_InterruptedMeanwhile_CountsAsNoPreemption()
    {
        await using var harness = new SchedulerHarness();
        (SchedulerHarness.Run low, ScriptedExecutor.Call call) = await harness.StartRunningAsync(SchedulerHarness.Low);
        SchedulerHarness.Run high = harness.Start(SchedulerHarness.High);
        Assert.Equal(CancellationReason.Preempted, await call.StoppedAsync());

        harness.Scheduler.CloseWindow(0, SchedulerHarness.Low.Priority, Minute);
        call.Result.SetResult(AttemptResult.Deferred);

        (await high.Executor.NextAsync()).End(AttemptVerdict.Final);
        await high.EndAsync();
        SchedulerSnapshot state = await harness.SettledAsync();
        Assert.Equal((1L, 0L, 1), (state.Tiers[1].Deferred, state.Tiers[1].Preempted, state.Tiers[1].Depth));
        harness.Scheduler.CloseWindow(0, 0, TimeSpan.Zero);
        ScriptedExecutor.Call again = await low.Executor.NextAsync();
        Assert.Equal((1, true), (again.Attempt.Number, again.Attempt.IsProbe));
        again.End(AttemptVerdict.Final);
        Assert.True((await low.EndAsync()).Executed);
    }

    [Fact]
    public void CloseWindow_NoSuchInstance_Throws()
    {
        var clock = new ManualTimeProvider();
        var scheduler = new Scheduler(new SchedulerOptions { Tiers = [High], InstanceLimits = [1] }, clock);

        Assert.Throws<ArgumentOutOfRangeException>(() => scheduler.CloseWindow(64, 1, Minute));
    }

    private static void Close(CoreHarness core, TierPolicy tier, long ticks) =>
        core.Step(SchedulerEvent.WindowChanged(0, tier.Priority, core.Now + ticks));

    /// <summary>Refuses everybody but the few it has left, and says so as an executor must.</summary>
    private sealed class RefusingWindow(Scheduler scheduler, TimeSpan closed) : IAttemptExecutor
    {
        private int _asked;
        private int _left;

        public int Asked => Volatile.Read(ref _asked);

        public int Left { set => Volatile.Write(ref _left, value); }

        public ValueTask<AttemptResult> ExecuteAsync(Attempt attempt)
        {
            Interlocked.Increment(ref _asked);
            if (Interlocked.Decrement(ref _left) >= 0)
            {
                attempt.PassWindow();
                return ValueTask.FromResult(AttemptResult.Final);
            }

            scheduler.CloseWindow(attempt.Instance, attempt.Item.Policy.Priority, closed);
            return ValueTask.FromResult(AttemptResult.Deferred);
        }
    }
}
