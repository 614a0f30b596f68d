using Gateway.Scheduling;
using Gateway.Tests.Dispatching.Model;
using Xunit;
using static Gateway.Tests.Dispatching.CoreHarness;

namespace Gateway.Tests.Dispatching;

/// <summary>Which of several instances gets a request.</summary>
[Trait("req", "A3")]
public sealed class RoutingTests
{
    private static readonly int[] Weights = [5, 1, 20];

    [Theory]
    [InlineData(RoutingStrategy.Weighted)]
    [InlineData(RoutingStrategy.RoundRobin)]
    public void Turns_EveryInstanceIsAlwaysFree_SharesAreExactInAnyWindow(RoutingStrategy strategy)
    {
        CoreHarness core = Core(strategy, 3, Traits(weight: Weights));
        int[] shares = strategy == RoutingStrategy.Weighted ? Weights : [1, 1, 1];
        List<int> picks = [];
        for (int i = 0; i < 10_000; i++)
        {
            picks.Add(GrantAndEnd(core));
        }

        for (int start = 0; start + shares.Sum() <= picks.Count; start++)
        {
            List<int> window = picks.GetRange(start, shares.Sum());
            Assert.Equal(shares, Enumerable.Range(0, 3).Select(instance => window.Count(pick => pick == instance)));
        }
    }

    [Fact]
    public void Weighted_InstancesAreFullOrClosedNowAndThen_SharesAreWithinTwoPercentAndNobodyWaitsBesideAFreeSlot()
    {
        CoreHarness core = Core(RoutingStrategy.Weighted, 3, Traits(weight: Weights), slots: 40);
        var dice = new Dice(3);
        Queue<WorkItem> running = new();
        int[] picks = new int[3];
        for (int i = 0; i < 10_000; i++)
        {
            WorkItem item = core.Submit();
            Assert.Equal(ItemState.Running, item.State);
            picks[item.Instance]++;
            running.Enqueue(item);
            if (i % 50 == 0)
            {
                core.Step(SchedulerEvent.GateChanged(i / 50 % 3, GateKind.Pause, core.Now + 1), after: 2);
            }

            while (running.Count > dice.Next(30))
            {
                core.End(running.Dequeue());
            }
        }

        Assert.All(Enumerable.Range(0, 3), instance => Assert.InRange(picks[instance] / 10_000.0, (Weights[instance] / 26.0) - 0.02, (Weights[instance] / 26.0) + 0.02));
    }

    [Fact]
    public void Weighted_AnInstanceIsFull_TheOthersTakeItsTurns()
    {
        CoreHarness core = Core(RoutingStrategy.Weighted, 2, Traits(weight: [100, 1]), slots: 2);

        Assert.Equal([0, 0, 1, 1], Enumerable.Range(0, 4).Select(_ => core.Submit().Instance));
    }

    [Fact]
    public void Weighted_WeightChanges_TheTurnsStartAnewAndAreExactAgain()
    {
        CoreHarness core = Core(RoutingStrategy.Weighted, 2, Traits(weight: [9, 1]));
        for (int i = 0; i < 5; i++)
        {
            GrantAndEnd(core);
        }

        core.Step(SchedulerEvent.TraitsChanged(0, new InstanceTraits(1, 1, 0)));

        Assert.Equal([0, 1, 0, 1], Enumerable.Range(0, 4).Select(_ => GrantAndEnd(core)));
    }

    [Fact]
    public void Weighted_QualityChanges_TheTurnsGoOn()
    {
        CoreHarness core = Core(RoutingStrategy.Weighted, 2, Traits(weight: [1, 1]));
        GrantAndEnd(core);

        core.Step(SchedulerEvent.TraitsChanged(0, new InstanceTraits(1, 1, 0.1)));

        Assert.Equal([1, 0, 1], Enumerable.Range(0, 3).Select(_ => GrantAndEnd(core)));
    }

    [Fact]
    public void Failover_BestPriorityFirst_ThenMostFreeSlotsAndNeverWaitsForTheBetterOne()
    {
        CoreHarness core = Core(RoutingStrategy.Failover, 3, [new(2, 10, 0), new(1, 10, 0), new(1, 10, 0)], slots: 2);

        Assert.Equal([1, 2, 1, 2, 0, 0], Enumerable.Range(0, 6).Select(_ => core.Submit().Instance));
    }

    [Fact]
    public void Failover_TheBetterInstanceComesBack_TakesTheNextRequest()
    {
        CoreHarness core = Core(RoutingStrategy.Failover, 2, [new(1, 10, 0), new(2, 10, 0)]);
        core.Close(0, 100);
        Assert.Equal(1, GrantAndEnd(core));

        core.Tick(after: 100);

        Assert.Equal(0, GrantAndEnd(core));
    }

    [Theory]
    [InlineData(20, 0, 4, 0.0, 0.7)]
    [InlineData(10, 1, 4, 0.3, 0.75)]
    [InlineData(1, 4, 4, 0.2, 0.215)]
    public void CompositeScore_OfAnInstance_IsTheFormula(int weight, int taken, int limit, double quality, double score) =>
        Assert.Equal(score, InstancePicker.Score(new InstanceTraits(1, weight, quality), taken, limit), 12);

    [Fact]
    public void Composite_HighestScoreFirst_UntilItsLoadOutweighsItsLead()
    {
        // 0.3 * weight / 20: a lead of 0.12, of which each of the 8 slots costs 0.05.
        CoreHarness core = Core(RoutingStrategy.Composite, 2, Traits(weight: [18, 10]), slots: 8);

        Assert.Equal([0, 0, 0, 1, 0], Enumerable.Range(0, 5).Select(_ => core.Submit().Instance));
    }

    [Fact]
    public void Composite_QualityFalls_MovesToTheOther()
    {
        CoreHarness core = Core(RoutingStrategy.Composite, 2, [new(1, 10, 0.3), new(1, 10, 0.2)], slots: 8);
        Assert.Equal(0, GrantAndEnd(core));

        core.Step(SchedulerEvent.TraitsChanged(0, new InstanceTraits(1, 10, 0.1)));

        Assert.Equal(1, GrantAndEnd(core));
    }

    [Fact]
    public void SetRouting_WhileItRuns_PicksByTheNewStrategy()
    {
        CoreHarness core = Core(RoutingStrategy.Failover, 2, [new(1, 10, 0), new(2, 10, 0)]);
        Assert.Equal([0, 0], [GrantAndEnd(core), GrantAndEnd(core)]);

        core.Step(SchedulerEvent.RoutingChanged(RoutingStrategy.RoundRobin));

        Assert.Equal([0, 1, 0], Enumerable.Range(0, 3).Select(_ => GrantAndEnd(core)));
    }

    [Theory]
    [InlineData(0, 0.1)]
    [InlineData(1, double.NaN)]
    public void Traits_Impossible_AreRefused(int weight, double quality)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Core(RoutingStrategy.Weighted, 1, [new(1, weight, quality)]));
    }

    private static CoreHarness Core(RoutingStrategy strategy, int instances, IReadOnlyList<InstanceTraits> traits, int slots = 4) => new(
        new SchedulerOptions
        {
            Tiers = [High, Low],
            InstanceLimits = [.. Enumerable.Repeat(slots, instances)],
            InstanceTraits = traits,
            Routing = strategy,
        });

    private static InstanceTraits[] Traits(int[] weight) => [.. weight.Select(static weight => new InstanceTraits(1, weight, 0))];

    private static int GrantAndEnd(CoreHarness core)
    {
        WorkItem item = core.Submit();
        core.End(item);
        return item.Instance;
    }
}
