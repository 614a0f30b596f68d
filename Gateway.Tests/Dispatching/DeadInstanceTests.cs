using Gateway.Scheduling;
using Xunit;
using static Gateway.Tests.Dispatching.CoreHarness;

namespace Gateway.Tests.Dispatching;

/// <summary>Instances out of service: nobody waits for them, and one that comes back is tried with one request.</summary>
[Trait("row", "U7")]
public sealed class DeadInstanceTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void LastInstanceDies_QueuedSleepingAndClosing_AreEvictedAtOnceWithTheTimeUntilItOpens(bool byLimit)
    {
        var core = new CoreHarness(new SchedulerOptions { Tiers = [High, Low], InstanceLimits = [3], RetryBudget = 1 });
        WorkItem running = core.Submit(), sleeping = core.Submit(), closing = core.Submit();
        core.Fail(sleeping, after: 5000);
        core.Fail(closing, slotHeld: true);
        core.Submit();
        WorkItem queued = core.Submit();

        core.Step(byLimit ? SchedulerEvent.LimitChanged(0, 0) : SchedulerEvent.GateChanged(0, GateKind.Circuit, core.Now + 700));

        List<Effect> evicted = [.. core.Effects.Where(static effect => effect.Kind == EffectKind.Evict)];
        Assert.Equal([sleeping, closing, queued], evicted.Select(static effect => effect.Item!).OrderBy(static item => item.Sequence));
        Assert.All(evicted, effect => Assert.Equal((EndReason.NoInstance, byLimit ? 0 : 700), (effect.End, effect.Ticks)));
        Assert.Equal((ItemState.Running, 1), (running.State, core.Core.Capacity[0].Ending));
    }

    [Fact]
    public void Submit_AllInstancesAreDead_IsRejectedWithTheTimeUntilTheFirstOpens()
    {
        var core = new CoreHarness(1, 1, 0);
        core.Close(0, 900);
        core.Close(1, 300);

        core.Submit();

        Assert.Equal((EndReason.NoInstance, 300L), (core.Only(EffectKind.Reject).End, core.Only(EffectKind.Reject).Ticks));
    }

    [Fact]
    public void Submit_CircuitIsClosedAgainBehindALongerPause_Waits()
    {
        var core = new CoreHarness(1);
        core.Step(SchedulerEvent.GateChanged(0, GateKind.Pause, 1000));
        core.Close(0, 100);
        core.Tick(after: 150);

        Assert.Equal(ItemState.Queued, core.Submit().State);
    }

    [Fact]
    public void OneOfTwoInstancesDies_WhoCanUseTheOther_WaitsOn()
    {
        var core = new CoreHarness(1, 1);
        core.Submit();
        core.Submit();
        WorkItem both = core.Submit(), onlyFirst = core.Submit(Low, InstanceSet.Of(0));

        core.Close(0, long.MaxValue);

        Assert.Same(onlyFirst, core.Only(EffectKind.Evict).Item);
        Assert.Equal(ItemState.Queued, both.State);
    }

    [Fact]
    public void InstanceDies_WhoOnlyAvoidsTheOtherForNow_WaitsOnAndWhoMayNotGoBackIsEvicted()
    {
        var core = new CoreHarness(2, 2);
        List<WorkItem> items = [.. Enumerable.Range(0, 4).Select(_ => core.Submit())];
        WorkItem returns = items[0], doesNot = items[2];
        core.Fail(returns, after: 100);
        core.Fail(doesNot, after: 100, retries: 0);
        Assert.Equal((ItemState.Queued, ItemState.Queued), (returns.State, doesNot.State));

        core.Close(1, long.MaxValue);

        Assert.Same(doesNot, core.Only(EffectKind.Evict).Item);
        core.Tick(after: 100);
        Assert.Equal((returns, 0), (core.Only(EffectKind.Grant).Item, core.Only(EffectKind.Grant).Instance));
    }

    [Fact]
    public void AttemptEnds_ItsOnlyInstanceDiedMeanwhile_IsNotTriedAgain()
    {
        var core = new CoreHarness(1);
        WorkItem item = core.Submit();
        core.Close(0, 400);
        core.Nothing(EffectKind.Evict);

        core.Fail(item, after: 10);

        Assert.Equal((EndReason.NoInstance, 400L), (core.Only(EffectKind.Evict).End, core.Only(EffectKind.Evict).Ticks));
    }

    [Fact]
    public void HalfOpen_LimitOneAfterTheBreak_LetsOneThroughUntilTheLimitIsBack()
    {
        var core = new CoreHarness(4, 1);
        core.Step(SchedulerEvent.LimitChanged(0, 1));
        core.Close(0, 500);
        WorkItem onSecond = core.Submit();
        Assert.Equal(1, onSecond.Instance);
        List<WorkItem> waiting = [.. Enumerable.Range(0, 3).Select(_ => core.Submit())];

        core.Tick(after: 500);
        Assert.Same(waiting[0], core.Only(EffectKind.Grant).Item);
        core.Tick(after: 5);
        core.Nothing(EffectKind.Grant);
        core.Step(SchedulerEvent.LimitChanged(0, 4));

        Assert.Equal([waiting[1], waiting[2]], core.Effects.Where(static effect => effect.Kind == EffectKind.Grant).Select(static effect => effect.Item));
    }
}
