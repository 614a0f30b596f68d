using Load.Replay;
using Xunit;

namespace Gateway.Tests.Simulation;

/// <summary>What must hold for any overloaded trace, whatever the figures.</summary>
public sealed class PolicyReplayTests : IDisposable
{
    private readonly TraceFolder _folder = TraceFolder.Overloaded();
    private readonly ReplayLoad _load;

    public PolicyReplayTests()
    {
        _load = new ReplayLoad(AzureTrace.Read(_folder.Path));
    }

    [Fact]
    public void Load_TraceRows_BecomeItemsInOrderWithTheirServiceTimes()
    {
        using TraceFolder folder = new TraceFolder()
            .Write(AzureTrace.CodeFile, TraceFolder.Header, TraceFolder.Row(5, 10_000, 40))
            .Write(AzureTrace.ConversationFile, TraceFolder.Header, TraceFolder.Row(5, 0, 0), TraceFolder.Row(2, 100, 2));

        var load = new ReplayLoad(AzureTrace.Read(folder.Path));
        List<SimulatedItem> items = load.MakeItems();

        Assert.Equal([ReplayLoad.Low, ReplayLoad.Urgent, ReplayLoad.Low], items.Select(static item => item.Tier));
        Assert.Equal([0, 3, 3], items.Select(static item => TimeSpan.FromTicks(item.ArrivesAt).TotalSeconds));
        Assert.Equal([0.11, 2.05, 0.05], items.Select(static item => TimeSpan.FromTicks(item.Service).TotalSeconds));
        Assert.Equal(1.05, TimeSpan.FromTicks(items[1].Prefill).TotalSeconds);
        Assert.Equal(TimeSpan.FromSeconds(3).Ticks, load.Horizon);
        Assert.Equal(2.21 / 90, load.Utilization, precision: 10);
    }

    [Fact]
    public void Run_PriorityAndPreemption_EachShortenTheUrgentWait()
    {
        ReplayFigures fifo = Replay("FIFO, one lane");
        ReplayFigures priority = Replay("priority, no preemption");
        ReplayFigures preemption = Replay("preempt now, newest victim");

        Assert.True(priority.UrgentWaitMean < fifo.UrgentWaitMean / 10);
        Assert.True(preemption.UrgentWaitMean < priority.UrgentWaitMean);
        Assert.Equal(0, fifo.Preemptions + fifo.WastedPercent + priority.Preemptions + priority.WastedPercent);
        Assert.InRange(preemption.LowDone, 1, priority.LowDone);
    }

    [Fact]
    public void Run_NewestVictim_WastesLessThanRandomAndThatLessThanOldest()
    {
        double newest = Replay("preempt now, newest victim").WastedPercent;
        double random = Replay("preempt now, random victim").WastedPercent;
        double oldest = Replay("preempt now, oldest victim").WastedPercent;

        Assert.InRange(newest, 0.01, random);
        Assert.InRange(random, newest, oldest);
    }

    [Fact]
    public void Run_Cap_BoundsThePreemptionsOfOneItem()
    {
        ReplayPolicy uncapped = Policy("preempt now, newest victim");

        Assert.True(PolicyReplay.Run(uncapped, _load).MostPreemptions > 2);
        Assert.Equal(2, PolicyReplay.Run(uncapped with { MaxPreemptions = 2 }, _load).MostPreemptions);
    }

    [Fact]
    public void Run_Continuation_WastesLessThanRestart()
    {
        Assert.InRange(
            Replay("preempt now, newest, continuation").WastedPercent, 0.01, Replay("preempt now, newest victim").WastedPercent);
    }

    public void Dispose() => _folder.Dispose();

    private ReplayFigures Replay(string policy) => PolicyReplay.Run(Policy(policy), _load);

    private static ReplayPolicy Policy(string name) => ReplayPolicies.All.Single(policy => policy.Name == name);
}
