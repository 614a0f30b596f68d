using Gateway.Scheduling;
using Xunit;
using static Gateway.Tests.Dispatching.CoreHarness;

namespace Gateway.Tests.Dispatching;

/// <summary>What follows a failed attempt: another instance at once, the same one later, or the end.</summary>
[Trait("req", "M4")]
public sealed class SchedulerRetryTests
{
    [Fact]
    public void Failure_AnotherInstanceIsFree_GoesThereAtOnceInsteadOfSleeping()
    {
        var core = new CoreHarness(1, 1);
        WorkItem item = core.Submit();
        Assert.Equal(0, item.Instance);

        core.Fail(item, after: 1000);

        Assert.Equal((2, 1), (core.Only(EffectKind.Grant).Attempt, core.Only(EffectKind.Grant).Instance));
        Assert.Equal(1, item.Retries);
    }

    [Fact]
    public void Failure_OtherInstanceIsFull_WaitsForThatOneOnlyUntilItsTimeHasCome()
    {
        var core = new CoreHarness(1, 1);
        WorkItem item = core.Submit(), other = core.Submit();
        core.Fail(item, after: 100);
        Assert.Equal(ItemState.Queued, item.State);

        // Its own instance is free all along, and others may use it.
        core.Tick(after: 98);
        core.Nothing(EffectKind.Grant);
        WorkItem newer = core.Submit();
        Assert.Same(newer, core.Only(EffectKind.Grant).Item);
        core.End(newer);
        core.Nothing(EffectKind.Grant);

        core.Tick(after: 2);

        Assert.Equal((item, 0), (core.Only(EffectKind.Grant).Item, core.Only(EffectKind.Grant).Instance));
        Assert.Equal(1, other.Instance);
    }

    [Fact]
    public void Failure_RouteIsWholeAgain_ItIsOlderThanWhoArrivedMeanwhile()
    {
        var core = new CoreHarness(1, 1);
        WorkItem item = core.Submit(), other = core.Submit(), third = core.Submit();
        core.Fail(item, after: 100);
        WorkItem fourth = core.Submit();

        core.Tick(after: 101);
        core.End(third);

        Assert.Same(item, core.Only(EffectKind.Grant).Item);
        Assert.Equal((ItemState.Running, ItemState.Queued), (other.State, fourth.State));
    }

    [Fact]
    public void Failure_RouteIsWholeAgain_ItMayStillInterrupt()
    {
        var core = new CoreHarness(1, 1);
        WorkItem high = core.Submit(High), committed = core.Submit();
        core.Step(SchedulerEvent.Committed(committed, 1));
        core.Fail(high, after: 100);
        WorkItem low = core.Submit();
        Assert.Equal(0, low.Instance);
        core.Nothing(EffectKind.Revoke);

        core.Tick(after: 101);

        Assert.Same(low, core.Only(EffectKind.Revoke).Item);
    }

    [Fact]
    [Trait("row", "U6")]
    [Trait("row", "S8")]
    public void Failure_NoOtherInstance_SleepsWithoutASlotAndKeepsItsPlace()
    {
        var core = new CoreHarness(1);
        WorkItem sleeper = core.Submit(), second = core.Submit();

        core.Fail(sleeper, after: 100);
        Assert.Equal((ItemState.Sleeping, second), (sleeper.State, core.Only(EffectKind.Grant).Item));
        WorkItem third = core.Submit();
        core.Tick(after: 101);
        core.Nothing(EffectKind.Grant);
        core.End(second);

        Assert.Same(sleeper, core.Only(EffectKind.Grant).Item);
        Assert.Equal(ItemState.Queued, third.State);
    }

    [Fact]
    [Trait("row", "U6")]
    public void Recovery_ManySleepersWakeTogether_AreGrantedByTheSlotsAndInTheirOrder()
    {
        var core = new CoreHarness(new SchedulerOptions { Tiers = [Low], InstanceLimits = [2], RetryBudget = 1 });
        List<WorkItem> items = [.. Enumerable.Range(0, 20).Select(_ => core.Submit())];
        foreach (WorkItem item in items)
        {
            core.Fail(item, after: 1000 - core.Now);
        }

        Assert.Equal((0, 20), (core.Core.Capacity[0].Taken, items.Count(static item => item.State == ItemState.Sleeping)));

        core.Tick(after: 1000);
        Assert.Equal([0, 1], core.Effects.Where(static effect => effect.Kind == EffectKind.Grant).Select(effect => items.IndexOf(effect.Item!)));
        for (int i = 0; i < 18; i++)
        {
            core.End(items[i]);
            Assert.Same(items[i + 2], core.Only(EffectKind.Grant).Item);
            Assert.Equal(2, core.Core.Capacity[0].Running);
        }
    }

    [Fact]
    public void Failures_OfSeveralInstances_TheFirstTimeThatPassesOpensAllAgain()
    {
        var core = new CoreHarness(1, 1, 1);
        WorkItem item = core.Submit();
        core.Fail(item, after: 100);
        WorkItem blocker = core.Submit(Low, InstanceSet.Of(2));
        core.Fail(item, after: 500);
        Assert.Equal((ItemState.Queued, InstanceSet.Of(2)), (item.State, item.Group!.Instances));

        core.Tick(after: 101);

        Assert.Equal((item, 0), (core.Only(EffectKind.Grant).Item, core.Only(EffectKind.Grant).Instance));
        Assert.Equal(2, blocker.Instance);
    }

    [Fact]
    public void Failures_OfAllInstances_SleepsUntilTheFirstOfTheirTimes()
    {
        var core = new CoreHarness(1, 1);
        WorkItem item = core.Submit();
        core.Fail(item, after: 100);
        core.Fail(item, after: 500);
        Assert.Equal(ItemState.Sleeping, item.State);

        core.Tick(after: 100);

        Assert.Equal((2, 3), (item.Retries, core.Only(EffectKind.Grant).Attempt));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(2, 0)]
    [InlineData(0, 2)]
    [InlineData(3, 1)]
    public void Failures_OneAfterTheOther_AsManyNewAttemptsAsTheAdviceAllowsAndNoneMore(int retries, int failovers)
    {
        var core = new CoreHarness(1, 1, 1, 1);
        WorkItem item = core.Submit();
        for (int i = 0; i < Math.Max(retries, failovers); i++)
        {
            core.Fail(item, after: 50, retries, failovers);
            core.Tick(after: 50);
            Assert.Equal((ItemState.Running, i + 1), (item.State, item.Retries));
        }

        core.Fail(item, after: 50, retries, failovers);

        Assert.Equal(EndReason.RetriesSpent, core.Only(EffectKind.Evict).End);
        Assert.Equal((Math.Max(retries, failovers), ItemState.Done), (item.Retries, item.State));
    }

    [Fact]
    public void Failure_FailoverButNoRetryAllowed_NeverComesBackToTheInstanceThatFailed()
    {
        var core = new CoreHarness(1, 1);
        WorkItem item = core.Submit(), other = core.Submit();
        core.Fail(item, after: 10, retries: 0);

        core.Tick(after: 100_000);
        Assert.Equal(ItemState.Queued, item.State);
        core.End(other);

        Assert.Equal(1, core.Only(EffectKind.Grant).Instance);
    }

    [Fact]
    public void Failure_OtherInstancesAreClosedOrDead_IsNoFailover()
    {
        var core = new CoreHarness(1, 1, 1);
        core.Step(SchedulerEvent.GateChanged(1, GateKind.Pause, 10_000));
        core.Step(SchedulerEvent.LimitChanged(2, 0));
        WorkItem item = core.Submit(), another = core.Submit();
        core.Fail(item, after: 10);
        Assert.Equal(ItemState.Sleeping, item.State);

        core.Fail(another, retries: 0);

        Assert.Equal(EndReason.RetriesSpent, core.Only(EffectKind.Evict).End);
    }

    [Fact]
    public void Failure_NothingMayFollowAndTheCallHasNotEnded_TellsTheCallerAtOnce()
    {
        var core = new CoreHarness(1);
        WorkItem item = core.Submit();

        core.Fail(item, retries: 0, slotHeld: true);

        Assert.Equal(EndReason.RetriesSpent, core.Only(EffectKind.Evict).End);
        Assert.Equal(1, core.Core.Capacity[0].Ending);
    }

    [Fact]
    public void Preemption_WhileAnInstanceIsLeftAlone_StillLeavesItAlone()
    {
        var core = new CoreHarness(1, 1);
        WorkItem item = core.Submit();
        core.Fail(item, after: 100);
        WorkItem high = core.Submit(High, InstanceSet.Of(1));
        Assert.Same(item, core.Only(EffectKind.Revoke).Item);

        core.End(item, AttemptVerdict.Preempted);
        Assert.Equal((ItemState.Queued, ItemState.Running), (item.State, high.State));
        core.Tick(after: 99);
        core.Nothing(EffectKind.Grant);
        core.Tick(after: 1);

        Assert.Equal((item, 0), (core.Only(EffectKind.Grant).Item, core.Only(EffectKind.Grant).Instance));
    }

    [Fact]
    public void WaitLimit_OfANarrowedItem_CountsOnOverItsWidening()
    {
        var core = new CoreHarness(1, 1);
        WorkItem item = core.Submit(Low with { QueueTimeout = TimeSpan.FromTicks(150) }, InstanceSet.FirstOf(2));
        core.Submit();
        core.Fail(item, after: 100);
        core.Submit();
        core.Tick(after: 149);
        Assert.Equal(ItemState.Queued, item.State);

        core.Tick(after: 1);

        Assert.Equal(EndReason.Expired, core.Only(EffectKind.Evict).End);
    }

    [Fact]
    public void Journal_OfAFailure_ShowsTheAdvice()
    {
        var core = new CoreHarness(1);
        core.Fail(core.Submit(), after: 4, retries: 3, failovers: 2, unreached: true);

        Assert.Contains(
            "1 > AttemptEnded item=1/1 instance=0 detail=2 value=5 retries=3 failovers=2 unreached\n", core.Core.Journal.ToString(), StringComparison.Ordinal);
    }
}
