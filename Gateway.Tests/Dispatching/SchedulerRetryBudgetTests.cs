using Gateway.Scheduling;
using Xunit;
using static Gateway.Tests.Dispatching.CoreHarness;

namespace Gateway.Tests.Dispatching;

/// <summary>How many attempts failures may cause in all.</summary>
[Trait("req", "M4")]
public sealed class SchedulerRetryBudgetTests
{
    [Fact]
    public void RetryBudget_IsSpent_EvictsButAFailoverOfAnUnreachedInstanceIsFree()
    {
        var core = new CoreHarness(new SchedulerOptions { Tiers = [Low], InstanceLimits = [9, 9], RetryBudget = 0, RetryFloor = 1 });
        WorkItem first = core.Submit(), second = core.Submit(), third = core.Submit();
        core.Fail(first, after: 100);
        Assert.Equal(1, first.Retries);

        core.Fail(second, after: 100, unreached: true);
        Assert.Equal((ItemState.Running, 1), (second.State, second.Retries));
        core.Fail(third, after: 100);
        Assert.Equal(EndReason.RetryBudgetSpent, core.Only(EffectKind.Evict).End);

        // Nobody else is left to go to, so even an unreached instance costs a retry now.
        core.Fail(second, after: 100, unreached: true);
        Assert.Equal(EndReason.RetryBudgetSpent, core.Only(EffectKind.Evict).End);
    }

    [Fact]
    public void RetryBudget_EverySecondAndThirdRetryOfOneItem_CostsToo()
    {
        var core = new CoreHarness(new SchedulerOptions { Tiers = [Low], InstanceLimits = [9], RetryBudget = 0, RetryFloor = 3 });
        WorkItem item = core.Submit();
        for (int i = 0; i < 3; i++)
        {
            core.Fail(item);
        }

        core.Fail(item);

        Assert.Equal((EndReason.RetryBudgetSpent, 3), (core.Only(EffectKind.Evict).End, item.Retries));
    }

    [Fact]
    public void RetryBudget_LongQueueAndEverythingFails_AttemptsAreBoundedByTheShareOfRequests()
    {
        const int Items = 1000;
        var core = new CoreHarness(new SchedulerOptions { Tiers = [Low with { MaxQueueLength = Items }], InstanceLimits = [10] });
        TierPolicy tier = Low with { MaxQueueLength = Items };
        List<WorkItem> items = [.. Enumerable.Range(0, Items).Select(_ => core.Submit(tier))];
        long start = core.Now;

        while (items.Find(static item => item.State == ItemState.Running) is { } item)
        {
            core.Fail(item, after: 10_000, retries: 3);
            core.Tick(after: 10_000);
        }

        // As many as there may be, too: nearly all that was earned was spent, before each item's three retries were.
        long refill = 3 * (core.Now - start) / (10 * TimeSpan.TicksPerSecond);
        Assert.Equal(0, core.Core.LiveItems);
        Assert.All(items, static item => Assert.NotEqual(0, item.Attempts));
        Assert.InRange(refill, 0, 3);
        Assert.InRange(items.Sum(static item => item.Attempts), (1.2 * Items) - 1, (1.2 * Items) + 3 + refill);
    }
}
