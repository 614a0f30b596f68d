using Gateway.Scheduling;
using Load.Replay;
using Xunit;

namespace Gateway.Tests.Simulation;

/// <summary>Short runs on one slot, followed by hand.</summary>
public class VirtualRunTests
{
    private const int Urgent = 0;
    private const int Low = 1;

    [Fact]
    public void Run_RevokedAttempt_FreesItsSlotLaterAndStartsAgainFromNothing()
    {
        SimulatedItem low = Item(Low, at: 0, service: 10);
        SimulatedItem urgent = Item(Urgent, at: 4, service: 2);

        Run(new InterruptionOptions { RevokeToFree = TimeSpan.FromSeconds(1) }, patience: 0, low, urgent);

        Assert.Equal(Seconds(5), urgent.StartedAt);
        Assert.Equal(Seconds(7), urgent.DoneAt);
        Assert.Equal(Seconds(7), low.StartedAt);
        Assert.Equal(Seconds(17), low.DoneAt);
        Assert.Equal(Seconds(5), low.Wasted);
        Assert.Equal(low.Wasted, low.Work!.WastedTicks);
    }

    [Fact]
    public void Run_RevokedAttemptWhoseFinishComesWhileItWaits_IsNotDone()
    {
        SimulatedItem low = Item(Low, at: 0, service: 3);
        SimulatedItem urgent = Item(Urgent, at: 2, service: 5);
        var done = new List<SimulatedItem>();

        Run(new InterruptionOptions(), patience: 0, done.Add, low, urgent);

        Assert.Equal([urgent, low], done);
        Assert.Equal(Seconds(10), low.DoneAt);
    }

    [Fact]
    public void Run_RevokedAttemptThatWouldFinishBeforeItsSlotIsFree_LosesItsWork()
    {
        SimulatedItem low = Item(Low, at: 0, service: 3);
        SimulatedItem urgent = Item(Urgent, at: 2, service: 1);

        Run(new InterruptionOptions { RevokeToFree = TimeSpan.FromSeconds(2) }, patience: 0, low, urgent);

        Assert.Equal(Seconds(4), urgent.StartedAt);
        Assert.Equal(Seconds(8), low.DoneAt);
        Assert.Equal(Seconds(4), low.Wasted);
    }

    [Fact]
    public void Run_Resume_KeepsTheWorkOfTheInterruptedAttempt()
    {
        SimulatedItem low = Item(Low, at: 0, service: 10);
        var resume = new InterruptionOptions { KeptWork = InterruptionOptions.Resume };

        Run(resume, patience: 0, low, Item(Urgent, at: 4, service: 2), Item(Urgent, at: 8, service: 2));

        Assert.Equal(Seconds(14), low.DoneAt);
        Assert.Equal(0, low.Wasted);
    }

    [Theory]
    [InlineData(4, 13, 3)] // 1 s of output is kept; the 3 s of prompt are read again
    [InlineData(2, 12, 2)] // interrupted while it read its prompt: nothing to keep
    public void Run_Continue_ReadsThePromptAgainAndKeepsTheOutput(int interruptedAt, int doneAt, int wasted)
    {
        var low = new SimulatedItem(Low, arrivesAt: 0, Seconds(10)) { Prefill = Seconds(3) };

        Run(new InterruptionOptions { KeptWork = InterruptionOptions.Continue }, patience: 0, low, Item(Urgent, interruptedAt, service: 0));

        Assert.Equal(Seconds(doneAt), low.DoneAt);
        Assert.Equal(Seconds(wasted), low.Wasted);
    }

    [Fact]
    public void Run_Patience_IsHonouredByTheTimer()
    {
        SimulatedItem low = Item(Low, at: 0, service: 10);
        SimulatedItem urgent = Item(Urgent, at: 4, service: 2);

        Run(new InterruptionOptions(), patience: 3, low, urgent);

        Assert.Equal(Seconds(7), urgent.StartedAt);
        Assert.Equal(Seconds(7), low.Wasted);
    }

    [Fact]
    public void Run_Until_LeavesTheRestUndone()
    {
        SimulatedItem first = Item(Low, at: 0, service: 10);
        SimulatedItem second = Item(Low, at: 0, service: 10);

        Make(new InterruptionOptions(), patience: 0).Run([first, second], until: Seconds(10));

        Assert.True(first.IsDone);
        Assert.False(second.IsDone);
        Assert.Equal(Seconds(10), second.StartedAt);
    }

    [Fact]
    public void Run_NoSlots_FailsInsteadOfWaitingForEver()
    {
        var options = new SchedulerOptions { Tiers = [UnboundedTier.Of(1)], InstanceLimits = [0] };

        Assert.Throws<InvalidOperationException>(() => new VirtualRun(options, new InterruptionOptions()).Run([Item(0, at: 0, service: 1)]));
    }

    private static SimulatedItem Item(int tier, int at, int service) => new(tier, Seconds(at), Seconds(service));

    private static long Seconds(int seconds) => seconds * TimeSpan.TicksPerSecond;

    private static void Run(InterruptionOptions interruption, int patience, params SimulatedItem[] items) =>
        Make(interruption, patience).Run(items);

    private static void Run(InterruptionOptions interruption, int patience, Action<SimulatedItem> done, params SimulatedItem[] items) =>
        Make(interruption, patience).Run(items, done);

    private static VirtualRun Make(InterruptionOptions interruption, int patience) => new(
        new SchedulerOptions
        {
            Tiers =
            [
                UnboundedTier.Of(1) with { Preemptive = true, PreemptAfter = TimeSpan.FromSeconds(patience) },
                UnboundedTier.Of(2),
            ],
            InstanceLimits = [1],
        },
        interruption);
}
