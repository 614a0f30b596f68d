using System.Reflection;
using Gateway.Tests.Dispatching.Model;
using Xunit;

namespace Gateway.Tests.Dispatching;

/// <summary>
/// Each defence switched off in the reference must break the invariant that it defends; otherwise the properties would also pass
/// for a scheduler without it.
/// </summary>
public sealed class NegativeControls(ITestOutputHelper output)
{
    private const int MostScripts = 4000;
    private const int Length = 70;

    [Theory]
    [InlineData(ReferenceDefect.LifoInsideLane, "I5")]
    [InlineData(ReferenceDefect.IgnorePriority, "I4")]
    [InlineData(ReferenceDefect.RevokingSlotCountsAsFree, "I3")]
    [InlineData(ReferenceDefect.CoolingSlotCountsAsFree, "I3")]
    [InlineData(ReferenceDefect.LeakedSlotCountsAsFree, "I3")]
    [InlineData(ReferenceDefect.ClosingSlotCountsAsFree, "I3")]
    [InlineData(ReferenceDefect.ClosedGateIgnored, "I3", "I6")]
    [InlineData(ReferenceDefect.VictimOfEqualTier, "I6")]
    [InlineData(ReferenceDefect.PortNotPreemptiveInterrupts, "I6")]
    [InlineData(ReferenceDefect.PatienceIgnored, "I6")]
    [InlineData(ReferenceDefect.CommitIgnored, "I12", "I1")]
    [InlineData(ReferenceDefect.LateCommitRevives, "I1")]
    [InlineData(ReferenceDefect.VictimOnUselessInstance, "I6")]
    [InlineData(ReferenceDefect.VictimMostUrgentFirst, "I6")]
    [InlineData(ReferenceDefect.VictimOldestFirst, "I6")]
    [InlineData(ReferenceDefect.SeniorityIgnored, "I6")]
    [InlineData(ReferenceDefect.NoCapOnPreemptions, "I8")]
    [InlineData(ReferenceDefect.RevokesMoreThanWaiters, "I7")]
    [InlineData(ReferenceDefect.GreedyCover, "I7")]
    [InlineData(ReferenceDefect.InterruptsInVain, "I7")]
    [InlineData(ReferenceDefect.RequeueAtTail, "I5")]
    [InlineData(ReferenceDefect.RequeueBeforeTheEnd, "I1", "I2")]
    [InlineData(ReferenceDefect.VictimNotConfirmed, "I1", "I3")]
    [InlineData(ReferenceDefect.CallerGoneStaysQueued, "I11")]
    [InlineData(ReferenceDefect.CallerGoneKeepsRunning, "I11")]
    [InlineData(ReferenceDefect.CallerGoneIsRequeued, "I11")]
    [InlineData(ReferenceDefect.CallerGoneForgottenByCommit, "I11")]
    [InlineData(ReferenceDefect.CallerGoneWaitsForTheSlot, "I11")]
    [InlineData(ReferenceDefect.DrainWaitsForTheSlot, "I9")]
    [InlineData(ReferenceDefect.ClosingNeverExpires, "I15")]
    [InlineData(ReferenceDefect.ClosingDoesNotCountAsWaiting, "I15")]
    [InlineData(ReferenceDefect.EvictionFreesTheSlot, "I1", "I3", "I14")]
    [InlineData(ReferenceDefect.EvictedIsTriedAgain, "I1")]
    [InlineData(ReferenceDefect.OneGrantPerStep, "I10")]
    [InlineData(ReferenceDefect.SleeperNeverWakes, "I15")]
    [InlineData(ReferenceDefect.ExpiredNeverEvicted, "I15", "S7")]
    [InlineData(ReferenceDefect.ExpiredEvictedTwice, "I1")]
    [InlineData(ReferenceDefect.EvictedEarly, "I15")]
    [InlineData(ReferenceDefect.DeadItemGranted, "S7")]
    [InlineData(ReferenceDefect.SlotLostOnRetry, "I10", "I14")]
    [InlineData(ReferenceDefect.SlotFreedTwice, "I3", "I14")]
    [InlineData(ReferenceDefect.CoolingForgotten, "I10", "I14")]
    [InlineData(ReferenceDefect.LeakNotReported, "I15")]
    [InlineData(ReferenceDefect.QueueBoundIgnored, "Bounds")]
    [InlineData(ReferenceDefect.ByteBoundIgnored, "Bounds")]
    [InlineData(ReferenceDefect.RetryBudgetIgnored, "Bounds")]
    [InlineData(ReferenceDefect.DrainAdmits, "Drain", "I9")]
    [InlineData(ReferenceDefect.StarvedAlwaysFirst, "I17")]
    [InlineData(ReferenceDefect.StarvedNeverFirst, "I17")]
    [InlineData(ReferenceDefect.StarvedTurnIsGlobal, "I17")]
    [InlineData(ReferenceDefect.StarvedNotImmune, "I6")]
    [InlineData(ReferenceDefect.NotDeterministic, "I16")]
    internal void Checker_DefenceSwitchedOff_NamesTheBrokenInvariant(ReferenceDefect defect, params string[] expected)
    {
        for (int number = 0; number < MostScripts; number++)
        {
            if (Broken(Script.Numbered(number, Length), defect) is { } violation)
            {
                output.WriteLine($"{defect}: script {number}: {violation.Message}");
                Assert.Contains(violation.Invariant, expected);
                return;
            }
        }

        Assert.Fail($"{defect} survives {MostScripts} scripts");
    }

    [Fact]
    public void Checker_SoundReference_FindsNothing() =>
        Assert.All(Enumerable.Range(0, 200), number => Assert.Null(Broken(Script.Numbered(number, Length), ReferenceDefect.None)));

    [Fact]
    public void Controls_EveryDefect_IsListed()
    {
        IEnumerable<ReferenceDefect> listed = typeof(NegativeControls)
            .GetMethod(nameof(Checker_DefenceSwitchedOff_NamesTheBrokenInvariant), BindingFlags.NonPublic | BindingFlags.Instance)!
            .GetCustomAttributes(typeof(InlineDataAttribute), false).Cast<InlineDataAttribute>().Select(data => (ReferenceDefect)data.Data[0]!);

        Assert.Equal(Enum.GetValues<ReferenceDefect>().Except([ReferenceDefect.None]), listed);
    }

    private static InvariantViolation? Broken(Script script, ReferenceDefect defect)
    {
        try
        {
            List<Fx> first = [], second = [];
            ModelRun.Play(script, options => new ReferenceScheduler(options, defect), log: first);
            if (defect == ReferenceDefect.NotDeterministic)
            {
                ModelRun.Play(script, options => new ReferenceScheduler(options, defect), log: second);
                return first.SequenceEqual(second) ? null : new InvariantViolation("I16", "two runs of the same events differ");
            }

            return null;
        }
        catch (InvariantViolation violation)
        {
            return violation;
        }
    }
}
