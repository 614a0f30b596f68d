using Gateway.Scheduling;
using Load.Replay;
using Xunit;

namespace Gateway.Tests.Simulation;

/// <summary>More urgent work than there are slots, for hours of virtual time: what becomes of the rest.</summary>
public sealed class StarvationTests(ITestOutputHelper output)
{
    private const int Urgent = 0;
    private const int Low = 1;
    private const int Slots = 4;
    private const int Cap = 5;

    private static readonly TimeSpan AgeLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan QueueTimeout = TimeSpan.FromMinutes(10);

    private static readonly TierPolicy UrgentTier = new() { Priority = 1, Preemptive = true, MaxQueueLength = 100 };
    private static readonly TierPolicy LowTier = new() { Priority = 3, MaxPreemptions = Cap, QueueTimeout = QueueTimeout };

    private readonly List<SimulatedItem> _done = [];
    private readonly List<(SimulatedItem Item, EndReason Reason)> _refused = [];
    private readonly List<SimulatedItem> _arrived = [];

    [Fact]
    [Trait("row", "S2")]
    public void AgeLimit_UrgentLaneIsNeverEmpty_TheLowTierHasItsQuarterOfTheGrants()
    {
        // Of more than its quarter is asked, so that there is always somebody who is starved.
        double share = LowShareWhileUrgentOnesCame(LowTier with { AgeLimit = AgeLimit });

        Assert.InRange(share, 0.24, 0.26);
    }

    [Fact]
    [Trait("row", "S2")]
    public void AgeLimit_LowTierAsksForLessThanItsQuarter_NobodyWaitsMuchLongerThanIt()
    {
        Run(LowTier with { AgeLimit = AgeLimit }, urgentRate: 8, lowRate: 0.5, TimeSpan.FromHours(2));

        SimulatedItem[] low = [.. _done.Where(static item => item.Tier == Low)];
        output.WriteLine($"{low.Length} of the low tier, longest wait {TimeSpan.FromTicks(low.Max(Waited)).TotalSeconds:F1} s");
        Assert.DoesNotContain(_refused, static refused => refused.Item.Tier == Low);
        Assert.Equal(_arrived.Count(static item => item.Tier == Low), low.Length);
        Assert.True(low.Max(Waited) < 2 * AgeLimit.Ticks);
    }

    [Fact]
    [Trait("row", "S2")]
    public void NoAgeLimit_UrgentLaneIsNeverEmpty_TheLowTierStarves()
    {
        // The negative control: strict order is what was asked for, and this is what it does.
        double share = LowShareWhileUrgentOnesCame(LowTier);

        Assert.True(share < 0.001);
    }

    [Fact]
    [Trait("row", "S4")]
    public void OneDay_EndlessUrgentArrivals_EveryRequestEndsWithinItsWaitAndIsInterruptedAtMostFiveTimes()
    {
        Run(LowTier, urgentRate: 3, lowRate: 0.5, TimeSpan.FromHours(24));

        long wasted = _done.Sum(static item => item.Wasted) + _refused.Sum(static refused => refused.Item.Wasted);
        long worked = _done.Sum(static item => item.Service);
        output.WriteLine($"{_arrived.Count} arrived, {_done.Count} done, {_refused.Count} refused, most interruptions {MostPreemptions}, " +
            $"longest wait {TimeSpan.FromTicks(_done.Max(Waited)).TotalSeconds:F1} s, wasted {wasted / (double)(wasted + worked):P2}");

        Assert.Equal(_arrived.Count, _done.Count + _refused.Count);
        Assert.Equal(_arrived.Count, _done.Concat(_refused.Select(static refused => refused.Item)).Distinct().Count());
        Assert.All(_refused, static refused => Assert.True(refused.Reason is EndReason.QueueFull or EndReason.Expired));
        Assert.Equal(Cap, MostPreemptions);
        Assert.All(_done, static item => Assert.True(Waited(item) <= QueueTimeout.Ticks));
        Assert.True(_refused.Count < _arrived.Count / 5 && _done.Any(static item => item.Work!.Preemptions == Cap));
    }

    [Fact]
    [Trait("row", "S4")]
    public void OneDay_WithoutTheCap_OneRequestIsInterruptedOverAndOver()
    {
        // The negative control.
        Run(LowTier with { MaxPreemptions = int.MaxValue }, urgentRate: 3, lowRate: 0.5, TimeSpan.FromHours(24));

        output.WriteLine($"most interruptions {MostPreemptions}");
        Assert.True(MostPreemptions > 2 * Cap);
    }

    /// <summary>Twice as many urgent requests as there are slots for; what is served after the last of them came does not count.</summary>
    private double LowShareWhileUrgentOnesCame(TierPolicy low)
    {
        var horizon = TimeSpan.FromHours(2);
        Run(low, urgentRate: 8, lowRate: 2, horizon);
        SimulatedItem[] served = [.. _done.Where(item => item.DoneAt < horizon.Ticks)];
        double share = served.Count(static item => item.Tier == Low) / (double)served.Length;
        output.WriteLine($"low tier's share: {share:P2} of the {served.Length} served");
        return share;
    }

    private int MostPreemptions => _arrived.Max(static item => item.Work!.Preemptions);

    /// <summary>Everything but the time in which it was being served, in vain or not.</summary>
    private static long Waited(SimulatedItem item) => item.Wait - item.Wasted;

    private void Run(TierPolicy low, double urgentRate, double lowRate, TimeSpan horizon)
    {
        var arrivals = new PoissonArrivals(seed: 7)
            .Add(urgentRate, static random => PoissonArrivals.Exponential(random, 1))
            .Add(lowRate, static random => PoissonArrivals.Exponential(random, 2));
        var run = new VirtualRun(
            new SchedulerOptions { Tiers = [UrgentTier, low], InstanceLimits = [Slots] },
            new InterruptionOptions { RevokeToFree = TimeSpan.FromMilliseconds(100) })
        {
            Refused = (item, reason) => _refused.Add((item, reason)),
        };
        _arrived.AddRange(arrivals.Take(int.MaxValue).TakeWhile(item => item.ArrivesAt < horizon.Ticks));
        run.Run(_arrived, _done.Add);
    }
}
