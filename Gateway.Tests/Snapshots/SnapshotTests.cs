using Gateway.Scheduling;
using Gateway.Tests.Dispatching;
using Xunit;

namespace Gateway.Tests.Snapshots;

/// <summary>What the dashboard and the Retry-After estimate are made from.</summary>
public sealed class SnapshotTests
{
    private static readonly TierPolicy High = SchedulerHarness.High with { Preemptive = false };
    private static readonly TierPolicy Low = SchedulerHarness.Low;

    [Fact]
    public async Task SnapshotAsync_WaitingItems_DepthAgePositionAndBytes()
    {
        await using var harness = new SchedulerHarness();
        (_, ScriptedExecutor.Call call) = await harness.StartRunningAsync(Low);
        SchedulerHarness.Run older = harness.Start(Low);
        await harness.UntilAsync(static snapshot => snapshot.Tiers[1].Depth == 1);
        harness.Clock.Advance(TimeSpan.FromSeconds(3));
        SchedulerHarness.Run newer = harness.Start(Low), urgent = harness.Start(High);

        SchedulerSnapshot snapshot = await harness.UntilAsync(static snapshot => snapshot.Items.Count == 4);

        Assert.Equal([1, 2], snapshot.Tiers.Select(static tier => tier.Depth));
        Assert.Equal([10L, 20L], snapshot.Tiers.Select(static tier => tier.QueuedBytes));
        Assert.Equal([TimeSpan.Zero, TimeSpan.FromSeconds(3)], snapshot.Tiers.Select(static tier => tier.OldestAge));
        Assert.Equal([urgent.Item.Sequence, older.Item.Sequence, newer.Item.Sequence, 1L], snapshot.Items.Select(static item => item.Sequence));
        Assert.Equal([1, 2, 3, 0], snapshot.Items.Select(static item => item.Position));
        Assert.Equal([-1, -1, -1, 0], snapshot.Items.Select(static item => item.Instance));
        Assert.Equal(new InstanceSnapshot(0, 1, 1, 0, 0, 0, true), Assert.Single(snapshot.Instances));
        call.End(AttemptVerdict.Final);
    }

    [Fact]
    public async Task SnapshotAsync_ItemsPerTier_ListsTheFirstWithTheirTruePositions()
    {
        await using var harness = new SchedulerHarness();
        (_, ScriptedExecutor.Call call) = await harness.StartRunningAsync(Low);
        SchedulerHarness.Run[] low = [.. Enumerable.Range(0, 3).Select(_ => harness.Start(Low))];
        SchedulerHarness.Run[] high = [.. Enumerable.Range(0, 3).Select(_ => harness.Start(High))];
        await harness.UntilAsync(static snapshot => snapshot.Items.Count == 7);

        SchedulerSnapshot snapshot = await harness.Scheduler.SnapshotAsync(withItems: true, itemsPerTier: 2);

        Assert.Equal([1, 2, 4, 5, 0], snapshot.Items.Select(static item => item.Position));
        Assert.Equal(
            [high[0].Item.Sequence, high[1].Item.Sequence, low[0].Item.Sequence, low[1].Item.Sequence, 1L],
            snapshot.Items.Select(static item => item.Sequence));
        Assert.Equal([3, 3], snapshot.Tiers.Select(static tier => tier.Depth));
        Assert.Empty((await harness.Scheduler.SnapshotAsync()).Items);
        call.End(AttemptVerdict.Final);
    }

    [Fact]
    public async Task SnapshotAsync_SeveralRouteGroups_ListsByArrival()
    {
        await using var harness = new SchedulerHarness();
        (_, ScriptedExecutor.Call call) = await harness.StartRunningAsync(Low);
        InstanceSet[] routes = [InstanceSet.Of(0), new InstanceSet(3), InstanceSet.Of(0), new InstanceSet(3)];
        SchedulerHarness.Run[] runs = [.. routes.Select(route => harness.Start(Low, item: new WorkItem(Low, route)))];
        SchedulerSnapshot snapshot = await harness.UntilAsync(static snapshot => snapshot.Tiers[1].Depth == 4);

        Assert.Equal(runs.Select(static run => run.Item.Sequence), snapshot.Items.Take(4).Select(static item => item.Sequence));
        call.End(AttemptVerdict.Final);
    }

    [Fact]
    public async Task SnapshotAsync_AfterKnownServiceTime_EstimatesWaitByPositionAndSlots()
    {
        await using var harness = new SchedulerHarness(slots: 2);
        (SchedulerHarness.Run first, ScriptedExecutor.Call call) = await harness.StartRunningAsync(Low);
        harness.Clock.Advance(TimeSpan.FromSeconds(4));
        call.End(AttemptVerdict.Final);
        await first.EndAsync();
        (_, ScriptedExecutor.Call second) = await harness.StartRunningAsync(Low);
        (_, ScriptedExecutor.Call third) = await harness.StartRunningAsync(Low);
        harness.Start(Low);

        SchedulerSnapshot snapshot = await harness.UntilAsync(static snapshot => snapshot.Tiers[1].Depth == 1);

        // Attempts take 4 s and there are 2 slots, so a slot comes free every 2 s: the waiting item is first, a new one would be second.
        Assert.Equal(TimeSpan.FromSeconds(2), snapshot.Items[0].EstimatedWait);
        Assert.Equal(TimeSpan.FromSeconds(4), snapshot.Tiers[1].EstimatedWait);
        Assert.Equal(TimeSpan.FromSeconds(2), snapshot.Tiers[0].EstimatedWait);
        RunResult rejected = await harness.Start(Low with { MaxQueueLength = 0 }).EndAsync();
        Assert.Equal((EndReason.QueueFull, TimeSpan.FromSeconds(4)), (rejected.Reason, rejected.RetryAfter));
        second.End(AttemptVerdict.Final);
        third.End(AttemptVerdict.Final);
    }

    [Fact]
    public async Task SnapshotAsync_PreemptedAttempt_CountsItsWaste()
    {
        await using var harness = new SchedulerHarness();
        var item = new WorkItem(Low, InstanceSet.Of(0)) { EstimatedTokens = 100 };
        SchedulerHarness.Run low = harness.Start(Low, item: item);
        ScriptedExecutor.Call call = await low.Executor.NextAsync();
        call.Attempt.ReportProgress(7);
        harness.Clock.Advance(TimeSpan.FromSeconds(2));
        SchedulerHarness.Run high = harness.Start(SchedulerHarness.High);
        await call.StoppedAsync();
        call.End(AttemptVerdict.Preempted);
        (await high.Executor.NextAsync()).End(AttemptVerdict.Final);
        ScriptedExecutor.Call again = await low.Executor.NextAsync();

        TierSnapshot tier = (await harness.SettledAsync()).Tiers[1];

        Assert.Equal((1L, TimeSpan.FromSeconds(2), 107L), (tier.Preempted, tier.WastedSlotTime, tier.WastedTokens));
        Assert.Equal((TimeSpan.FromSeconds(2).Ticks, 107L), (item.WastedTicks, item.WastedTokens));
        again.End(AttemptVerdict.Final);
    }

    [Fact]
    public async Task SnapshotAsync_InterruptedForTheTierZero_SaysSo()
    {
        TierPolicy zero = SchedulerHarness.High with { Priority = 0 };
        await using var harness = new SchedulerHarness(change: options => options with { Tiers = [zero, Low] });
        (_, ScriptedExecutor.Call call) = await harness.StartRunningAsync(Low);
        SchedulerHarness.Run high = harness.Start(zero);
        await call.StoppedAsync();
        call.End(AttemptVerdict.Preempted);
        ScriptedExecutor.Call urgent = await high.Executor.NextAsync();

        Assert.Equal([(0, null), (3, 0)], (await harness.SettledAsync()).Items.OrderBy(static item => item.Priority).Select(static item => (item.Priority, item.PreemptedBy)));
        urgent.End(AttemptVerdict.Final);
    }

    [Fact]
    public async Task SetLimitAndCloseGate_WhileItemsWait_GrantAtOnceAndAtTheInstant()
    {
        await using var harness = new SchedulerHarness();
        harness.Scheduler.CloseGate(0, GateKind.Pause, TimeSpan.FromSeconds(7));
        SchedulerHarness.Run first = harness.Start(Low), second = harness.Start(Low);
        Assert.False((await harness.UntilAsync(static snapshot => snapshot.Tiers[1].Depth == 2)).Instances[0].Open);

        harness.Clock.Advance(TimeSpan.FromSeconds(7) - TimeSpan.FromMilliseconds(1));
        Assert.Equal(2, (await harness.SettledAsync()).Tiers[1].Depth);
        harness.Clock.Advance(TimeSpan.FromMilliseconds(1));
        ScriptedExecutor.Call one = await first.Executor.NextAsync();
        Assert.Equal(1, (await harness.SettledAsync()).Tiers[1].Depth);
        harness.Scheduler.SetLimit(0, 2);
        ScriptedExecutor.Call two = await second.Executor.NextAsync();

        one.End(AttemptVerdict.Final);
        two.End(AttemptVerdict.Final);
        Assert.True((await first.EndAsync()).Executed && (await second.EndAsync()).Executed);
    }
}
