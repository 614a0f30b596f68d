using Gateway.Scheduling;
using Gateway.Tests.Support;
using Xunit;
using static Gateway.Tests.Dispatching.SchedulerHarness;

namespace Gateway.Tests.Dispatching;

/// <summary>What operators and coalescing change while requests wait and run.</summary>
public sealed class SchedulerControlTests
{
    private static readonly TierPolicy Patient = High with { Preemptive = false };

    [Fact]
    public async Task SetPaused_Tier_TakesItemsButGrantsNoneUntilResumed()
    {
        await using var harness = new SchedulerHarness(slots: 2);
        (Run running, ScriptedExecutor.Call call) = await harness.StartRunningAsync(Low);
        harness.Scheduler.SetPaused(Low.Priority, true);
        Run held = harness.Start(Low);
        SchedulerSnapshot snapshot = await harness.UntilAsync(static snapshot => snapshot.Tiers[1].Depth == 1);
        Assert.Equal([false, true], snapshot.Tiers.Select(static tier => tier.Paused));

        // Others are granted past it, and what runs goes on.
        (Run other, ScriptedExecutor.Call otherCall) = await harness.StartRunningAsync(High);
        otherCall.End(AttemptVerdict.Final);
        call.End(AttemptVerdict.Final);
        Assert.True((await other.EndAsync()).Executed && (await running.EndAsync()).Executed);
        Assert.Equal((1, 0), ((await harness.SettledAsync()).Tiers[1].Depth, held.Item.Attempts));

        harness.Scheduler.SetPaused(Low.Priority, false);

        (await held.Executor.NextAsync()).End(AttemptVerdict.Final);
        Assert.True((await held.EndAsync()).Executed);
    }

    [Fact]
    [Trait("req", "M1")]
    public async Task Reroute_WaitingItems_AreAskedEachAndAFaultOfOneLeavesItWhereItWas()
    {
        await using var harness = new SchedulerHarness();
        (Run running, ScriptedExecutor.Call call) = await harness.StartRunningAsync(Low);
        Run faulty = harness.Start(Low);
        Run nowhere = harness.Start(Low);
        await harness.UntilAsync(static snapshot => snapshot.Tiers[1].Depth == 2);
        faulty.Executor.Routing = static () => throw new InvalidOperationException("a bug");
        nowhere.Executor.Routing = static () => InstanceSet.Empty;

        harness.Scheduler.Reroute();

        Assert.Equal(EndReason.NoInstance, await nowhere.ReasonAsync());
        call.End(AttemptVerdict.Final);
        (await faulty.Executor.NextAsync()).End(AttemptVerdict.Final);
        Assert.True((await running.EndAsync()).Executed && (await faulty.EndAsync()).Executed);
    }

    [Fact]
    public async Task SetPaused_UrgentTier_InterruptsNobody()
    {
        await using var harness = new SchedulerHarness();
        (Run low, ScriptedExecutor.Call call) = await harness.StartRunningAsync(Low);
        harness.Scheduler.SetPaused(High.Priority, true);
        Run high = harness.Start(High);
        await harness.UntilAsync(static snapshot => snapshot.Tiers[0].Depth == 1);
        Assert.Equal(CancellationReason.None, call.Attempt.Reason);

        harness.Scheduler.SetPaused(High.Priority, false);

        Assert.Equal(CancellationReason.Preempted, await call.StoppedAsync());
        call.End(AttemptVerdict.Preempted);
        (await high.Executor.NextAsync()).End(AttemptVerdict.Final);
        (await low.Executor.NextAsync()).End(AttemptVerdict.Final);
        Assert.True((await low.EndAsync()).Executed);
    }

    [Fact]
    public async Task SetPaused_ThenDrain_LiftsThePauseAndNoneCanBeSet()
    {
        await using var harness = new SchedulerHarness();
        harness.Scheduler.SetPaused(Low.Priority, true);
        Run held = harness.Start(Low), second = harness.Start(Low);
        await harness.UntilAsync(static snapshot => snapshot.Tiers[1].Depth == 2);

        Task<bool> drained = harness.Scheduler.DrainAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        harness.Scheduler.SetPaused(Low.Priority, true);

        (await held.Executor.NextAsync()).End(AttemptVerdict.Final);
        (await second.Executor.NextAsync()).End(AttemptVerdict.Final);
        Assert.True(await drained.Soon());
    }

    [Fact]
    public async Task EvictAsync_QueuedOrSleeping_EndsItAndSaysSo()
    {
        await using var harness = new SchedulerHarness();
        (Run sleeping, ScriptedExecutor.Call failing) = await harness.StartRunningAsync(Low);
        failing.End(AttemptVerdict.Retry, retryAfter: TimeSpan.FromSeconds(5));
        await harness.UntilAsync(static snapshot => snapshot.Tiers[1].Sleeping == 1);
        (Run running, ScriptedExecutor.Call call) = await harness.StartRunningAsync(Low);
        Run queued = harness.Start(Low);
        await harness.UntilAsync(static snapshot => snapshot.Tiers[1].Depth == 1);

        Assert.Equal(EvictionResult.Removed, await harness.Scheduler.EvictAsync(queued.Item.Sequence).Soon());
        Assert.Equal(EvictionResult.Removed, await harness.Scheduler.EvictAsync(sleeping.Item.Sequence).Soon());

        Assert.Equal(EndReason.Removed, await queued.ReasonAsync());
        Assert.Equal(EndReason.Removed, await sleeping.ReasonAsync());
        Assert.Equal(EvictionResult.Unknown, await harness.Scheduler.EvictAsync(queued.Item.Sequence).Soon());
        call.End(AttemptVerdict.Final);
        Assert.True((await running.EndAsync()).Executed);
        Assert.Empty((await harness.SettledAsync()).Items);
    }

    [Fact]
    public async Task EvictAsync_HoldsASlot_RunsUntilItsSubmitterHasItsEnd()
    {
        await using var harness = new SchedulerHarness(slots: 2);
        (Run run, ScriptedExecutor.Call call) = await harness.StartRunningAsync(Low);
        (Run failed, ScriptedExecutor.Call failing) = await harness.StartRunningAsync(Low);
        var upstream = new TaskCompletionSource();
        failing.End(AttemptVerdict.Retry, upstream.Task, TimeSpan.FromSeconds(5));
        await harness.UntilAsync(static snapshot => snapshot.Instances[0].Ending == 1);

        Assert.Equal(EvictionResult.Running, await harness.Scheduler.EvictAsync(run.Item.Sequence).Soon());
        Assert.Equal(EvictionResult.Running, await harness.Scheduler.EvictAsync(failed.Item.Sequence).Soon());
        Assert.Equal(EvictionResult.Unknown, await harness.Scheduler.EvictAsync(999).Soon());

        Assert.Equal(CancellationReason.None, call.Attempt.Reason);
        upstream.SetResult();
        await harness.UntilAsync(static snapshot => snapshot.Tiers[1].Sleeping == 1);
        Assert.Equal(EvictionResult.Removed, await harness.Scheduler.EvictAsync(failed.Item.Sequence).Soon());
        call.End(AttemptVerdict.Final, new TaskCompletionSource().Task);
        Assert.True((await run.EndAsync()).Executed);
        Assert.Equal(EvictionResult.Unknown, await harness.Scheduler.EvictAsync(run.Item.Sequence).Soon());
        Assert.Equal(1, (await harness.SettledAsync()).Instances[0].Ending);
    }

    [Fact]
    public async Task EvictAsync_FaultedOrDisposed_RemovesNothing()
    {
        var harness = new SchedulerHarness();
        (Run running, _) = await harness.StartRunningAsync(Low);
        Run queued = harness.Start(Low);
        await harness.BreakAsync();
        Assert.Equal(EvictionResult.Unknown, await harness.Scheduler.EvictAsync(queued.Item.Sequence).Soon());
        Assert.Equal(EvictionResult.Running, await harness.Scheduler.EvictAsync(running.Item.Sequence).Soon());

        await harness.DisposeAsync();

        Assert.Equal(EvictionResult.Unknown, await harness.Scheduler.EvictAsync(queued.Item.Sequence).Soon());
    }

    [Fact]
    [Trait("row", "S8")]
    public async Task Promote_Waiting_IsServedInItsNewTierByItsOldSequence()
    {
        await using var harness = new SchedulerHarness(change: static options => options with { Tiers = [Patient, Low] });
        (_, ScriptedExecutor.Call call) = await harness.StartRunningAsync(Patient);
        Run low = harness.Start(Low), promoted = harness.Start(Low);
        await harness.UntilAsync(static snapshot => snapshot.Tiers[1].Depth == 2);
        Run high = harness.Start(Patient);

        harness.Scheduler.Promote(promoted.Item, Patient);

        SchedulerSnapshot snapshot = await harness.UntilAsync(static snapshot => snapshot.Tiers[0].Depth == 2);
        Assert.Equal(
            [promoted.Item.Sequence, high.Item.Sequence, low.Item.Sequence],
            snapshot.Items.Where(static item => item.State == ItemState.Queued).Select(static item => item.Sequence));
        call.End(AttemptVerdict.Final);
        (await promoted.Executor.NextAsync()).End(AttemptVerdict.Final);
        (await high.Executor.NextAsync()).End(AttemptVerdict.Final);
        (await low.Executor.NextAsync()).End(AttemptVerdict.Final);
        Assert.True((await low.EndAsync()).Executed);
    }

    [Fact]
    [Trait("row", "S8")]
    public async Task Promote_WaitingToAPreemptiveTier_InterruptsAsThatTierMay()
    {
        await using var harness = new SchedulerHarness();
        (Run victim, ScriptedExecutor.Call call) = await harness.StartRunningAsync(Low);
        Run promoted = harness.Start(Low);
        await harness.UntilAsync(static snapshot => snapshot.Tiers[1].Depth == 1);

        harness.Scheduler.Promote(promoted.Item, High);

        Assert.Equal(CancellationReason.Preempted, await call.StoppedAsync());
        call.End(AttemptVerdict.Preempted);
        (await promoted.Executor.NextAsync()).End(AttemptVerdict.Final);
        (await victim.Executor.NextAsync()).End(AttemptVerdict.Final);
        Assert.True((await victim.EndAsync()).Executed);
    }

    [Fact]
    [Trait("row", "S8")]
    public async Task Promote_Running_IsNoVictimOfTheTierItRoseTo()
    {
        await using var harness = new SchedulerHarness(slots: 2);
        (Run older, ScriptedExecutor.Call olderCall) = await harness.StartRunningAsync(Low);
        (Run promoted, ScriptedExecutor.Call call) = await harness.StartRunningAsync(Low);

        // The newest would be interrupted, if it were still in its tier.
        harness.Scheduler.Promote(promoted.Item, High);
        Run high = harness.Start(High), second = harness.Start(High);

        Assert.Equal(CancellationReason.Preempted, await olderCall.StoppedAsync());
        olderCall.End(AttemptVerdict.Preempted);
        ScriptedExecutor.Call highCall = await high.Executor.NextAsync();
        Assert.Equal((1, CancellationReason.None), ((await harness.SettledAsync()).Tiers[0].Depth, call.Attempt.Reason));
        call.End(AttemptVerdict.Final);
        (await second.Executor.NextAsync()).End(AttemptVerdict.Final);
        highCall.End(AttemptVerdict.Final);
        (await older.Executor.NextAsync()).End(AttemptVerdict.Final);
        Assert.True((await promoted.EndAsync()).Executed && (await older.EndAsync()).Executed);
    }

    [Fact]
    [Trait("row", "S8")]
    public async Task Promote_RunningToATierThatOthersStillInterrupt_IsTheirVictimAndGoesBackToItsNewTier()
    {
        TierPolicy middle = new() { Priority = 2 };
        await using var harness = new SchedulerHarness(change: options => options with { Tiers = [High, middle, Low] });
        (Run promoted, ScriptedExecutor.Call call) = await harness.StartRunningAsync(Low);
        harness.Scheduler.Promote(promoted.Item, middle);
        Run high = harness.Start(High);

        Assert.Equal(CancellationReason.Preempted, await call.StoppedAsync());
        call.End(AttemptVerdict.Preempted);
        ScriptedExecutor.Call highCall = await high.Executor.NextAsync();
        Assert.Equal([0, 1, 0], (await harness.SettledAsync()).Tiers.Select(static tier => tier.Depth));
        highCall.End(AttemptVerdict.Final);
        (await promoted.Executor.NextAsync()).End(AttemptVerdict.Final);
        Assert.True((await promoted.EndAsync()).Executed);
    }

    [Fact]
    [Trait("row", "S8")]
    public async Task Promote_SleepingOrDownOrOver_MovesUpOnlyAndKeepsItsTimes()
    {
        await using var harness = new SchedulerHarness();
        (Run sleeper, ScriptedExecutor.Call call) = await harness.StartRunningAsync(Low);
        call.End(AttemptVerdict.Retry, retryAfter: TimeSpan.FromSeconds(5));
        await harness.UntilAsync(static snapshot => snapshot.Tiers[1].Sleeping == 1);

        harness.Scheduler.Promote(sleeper.Item, High with { QueueTimeout = TimeSpan.FromSeconds(1) });
        harness.Scheduler.Promote(sleeper.Item, Low);
        Assert.Equal([1, 0], (await harness.SettledAsync()).Tiers.Select(static tier => tier.Sleeping));

        harness.Clock.Advance(TimeSpan.FromSeconds(5));
        (await sleeper.Executor.NextAsync()).End(AttemptVerdict.Final);
        Assert.True((await sleeper.EndAsync()).Executed);
        harness.Scheduler.Promote(sleeper.Item, High);
        Assert.All((await harness.SettledAsync()).Tiers, static tier => Assert.True(tier is { Depth: 0, Sleeping: 0, Running: 0 }));
    }

    [Fact]
    public async Task Controls_NoSuchTierInstanceOrStrategy_ThrowAndDisturbNobody()
    {
        await using var harness = new SchedulerHarness();
        Scheduler scheduler = harness.Scheduler;
        (Run run, ScriptedExecutor.Call call) = await harness.StartRunningAsync(Low);

        Assert.Throws<ArgumentOutOfRangeException>(() => scheduler.SetPaused(99, true));
        Assert.Throws<ArgumentOutOfRangeException>(() => scheduler.Promote(run.Item, new TierPolicy { Priority = 99 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => scheduler.SetRouting((RoutingStrategy)9));
        Assert.Throws<ArgumentOutOfRangeException>(() => scheduler.SetTraits(64, InstanceTraits.Default));
        Assert.Throws<ArgumentOutOfRangeException>(() => scheduler.SetTraits(0, InstanceTraits.Default with { Weight = 0 }));

        call.End(AttemptVerdict.Final);
        Assert.True((await run.EndAsync()).Executed);
    }

    [Fact]
    [Trait("req", "A3")]
    public async Task SetRoutingAndTraits_BetweenRequests_DecideWhereTheNextGoes()
    {
        await using var harness = new SchedulerHarness(change: static options => options with { InstanceLimits = [2, 2] });
        harness.Scheduler.SetTraits(0, InstanceTraits.Default with { Priority = 5 });
        Assert.Equal(1, await WhereAsync(harness));

        harness.Scheduler.SetTraits(1, InstanceTraits.Default with { Priority = 9 });
        Assert.Equal(0, await WhereAsync(harness));
        harness.Scheduler.SetRouting(RoutingStrategy.RoundRobin);

        Assert.Equal((0, 1, 0), (await WhereAsync(harness), await WhereAsync(harness), await WhereAsync(harness)));
    }

    private static async Task<int> WhereAsync(SchedulerHarness harness)
    {
        Run run = harness.Start(Low, item: new WorkItem(Low, InstanceSet.FirstOf(2)));
        ScriptedExecutor.Call call = await run.Executor.NextAsync();
        call.End(AttemptVerdict.Final);
        Assert.True((await run.EndAsync()).Executed);
        await harness.UntilAsync(static snapshot => snapshot.Instances.All(static instance => instance.Running == 0));
        return call.Attempt.Instance;
    }
}
