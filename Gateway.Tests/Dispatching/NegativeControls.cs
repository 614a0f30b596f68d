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
    private const int MostScripts = 20_000;
    private const int Length = 70;

    [Theory]
    [InlineData(ReferenceDefect.LifoInsideLane, "I5")]
    [InlineData(ReferenceDefect.IgnorePriority, "I4", "I17")]
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
    [InlineData(ReferenceDefect.RetryBudgetIgnored, "Budget")]
    [InlineData(ReferenceDefect.DrainAdmits, "Drain", "I9")]
    [InlineData(ReferenceDefect.StarvedAlwaysFirst, "I17")]
    [InlineData(ReferenceDefect.StarvedNeverFirst, "I17")]
    [InlineData(ReferenceDefect.StarvedTurnIsGlobal, "I17")]
    [InlineData(ReferenceDefect.StarvedNotImmune, "I6")]
    [Trait("row", "S1")]
    [Trait("row", "S2")]
    [Trait("row", "S3")]
    [Trait("row", "S4")]
    [Trait("row", "S5")]
    [Trait("row", "S6")]
    [Trait("row", "S7")]
    internal void Checker_DefenceSwitchedOff_NamesTheBrokenInvariant(ReferenceDefect defect, params string[] expected) => Kill(defect, expected);

    [Theory]
    [InlineData(ReferenceDefect.FailedIsNotAvoided, "Route", "I10")]
    [InlineData(ReferenceDefect.NeverWidened, "I10", "I4", "I5", "I15", "Dead")]
    [InlineData(ReferenceDefect.WidenedEarly, "Route")]
    [InlineData(ReferenceDefect.AvoidanceLostByPreemption, "Route", "I5")]
    [InlineData(ReferenceDefect.LastFailureCounts, "I15", "I10")]
    [InlineData(ReferenceDefect.SleepsBeforeFailover, "Retries", "I15")]
    [InlineData(ReferenceDefect.FailoverToTheClosed, "Retries", "I15", "I4", "I5", "I17")]
    [InlineData(ReferenceDefect.FailoversBeyondAdvice, "Retries", "I15", "I2")]
    [InlineData(ReferenceDefect.RetriesBeyondAdvice, "Retries", "Route")]
    [InlineData(ReferenceDefect.FreeFailoverPays, "Budget")]
    [InlineData(ReferenceDefect.EveryGrantEarns, "Budget")]
    [InlineData(ReferenceDefect.SecondRetryIsFree, "Budget")]
    [InlineData(ReferenceDefect.BudgetNotRefilled, "Budget")]
    [InlineData(ReferenceDefect.RefilledBeyondTheFloor, "Budget")]
    [InlineData(ReferenceDefect.SavingsUnbounded, "Savings")]
    [InlineData(ReferenceDefect.DeadAdmitted, "Dead")]
    [InlineData(ReferenceDefect.DeadKeepWaiting, "Dead")]
    [InlineData(ReferenceDefect.DeadKeepSleeping, "Dead")]
    [InlineData(ReferenceDefect.LivingEvicted, "Dead")]
    [InlineData(ReferenceDefect.PauseIgnored, "Pause", "I6")]
    [InlineData(ReferenceDefect.PausedTierInterrupts, "I6")]
    [InlineData(ReferenceDefect.PauseNeverEnds, "I10", "I4")]
    [InlineData(ReferenceDefect.PauseHoldsTheDrain, "I10", "I4", "I17")]
    [InlineData(ReferenceDefect.RemovedStays, "Removed")]
    [InlineData(ReferenceDefect.RemovesTheRunning, "I6")]
    [InlineData(ReferenceDefect.PromotionGoesDown, "S8")]
    [InlineData(ReferenceDefect.PromotionShortensTheWait, "I15")]
    [InlineData(ReferenceDefect.PromotedLosesItsPlace, "I5")]
    [InlineData(ReferenceDefect.RunningNotPromoted, "S8")]
    [InlineData(ReferenceDefect.PromotedAtAnyRisk, "I6", "I8")]
    [InlineData(ReferenceDefect.PromotedNewlyAtRisk, "I6")]
    [InlineData(ReferenceDefect.RunningNotRerouted, "I3", "Dead", "Retries", "Window", "I4")]
    [InlineData(ReferenceDefect.ReroutedLosesItsPlace, "I5")]
    [InlineData(ReferenceDefect.PriorityIgnored, "Routing")]
    [InlineData(ReferenceDefect.FreeSlotsIgnored, "Routing")]
    [InlineData(ReferenceDefect.WeightsIgnored, "Routing")]
    [InlineData(ReferenceDefect.TurnsAreWeighted, "Routing")]
    [InlineData(ReferenceDefect.TurnsAreKept, "Routing")]
    [InlineData(ReferenceDefect.UtilisationIgnored, "Routing")]
    [InlineData(ReferenceDefect.QualityIgnored, "Routing")]
    [Trait("row", "S8")]
    [Trait("row", "U7")]
    internal void Checker_RouteOrOperatorRuleSwitchedOff_NamesTheBrokenInvariant(ReferenceDefect defect, params string[] expected) =>
        Kill(defect, expected);

    [Theory]
    [InlineData(ReferenceDefect.ClosedWindowIgnored, "Window", "I6")]
    [InlineData(ReferenceDefect.WindowClosesToAll, "I10", "I4")]
    [InlineData(ReferenceDefect.WindowOpensToSome, "I10", "I4")]
    [InlineData(ReferenceDefect.LastClosingCounts, "Window", "I6")]
    [InlineData(ReferenceDefect.NeverScarce, "Window")]
    [InlineData(ReferenceDefect.ScarceOnce, "Window")]
    [InlineData(ReferenceDefect.ScarceForEver, "Window")]
    [InlineData(ReferenceDefect.ProbeNotAlone, "Window", "I6")]
    [InlineData(ReferenceDefect.ProbeNeverPasses, "I10")]
    [InlineData(ReferenceDefect.ProbeOutlivesItsAttempt, "I10", "I7")]
    [InlineData(ReferenceDefect.InterruptsBehindTheWindow, "I6")]
    [InlineData(ReferenceDefect.FailoverBehindTheWindow, "Retries", "I15")]
    [InlineData(ReferenceDefect.FailoverWaitsForProbes, "Retries", "I1", "I15")]
    [InlineData(ReferenceDefect.DeferralClosesNothing, "Window")]
    [InlineData(ReferenceDefect.DeferredTakesANumber, "I2")]
    [InlineData(ReferenceDefect.DeferredEarnsAgain, "Budget", "Savings")]
    [InlineData(ReferenceDefect.DeferredSlotRests, "I10", "I14")]
    [InlineData(ReferenceDefect.DeferredAtTail, "I5", "I4")]
    [InlineData(ReferenceDefect.DeferredCountsAsPreempted, "I6", "I8")]
    [InlineData(ReferenceDefect.AvoidanceLostByDeferral, "Route", "I5", "I10")]
    [InlineData(ReferenceDefect.NotDeterministic, "I16")]
    internal void Checker_WindowRuleSwitchedOff_NamesTheBrokenInvariant(ReferenceDefect defect, params string[] expected) => Kill(defect, expected);

    [Fact]
    public void Checker_SoundReference_FindsNothing() =>
        Assert.All(Enumerable.Range(0, 200), number => Assert.Null(Broken(Script.Numbered(number, Length), ReferenceDefect.None)));

    [Fact]
    public void Controls_EveryDefect_IsListed()
    {
        string[] theories =
        [
            nameof(Checker_DefenceSwitchedOff_NamesTheBrokenInvariant), nameof(Checker_RouteOrOperatorRuleSwitchedOff_NamesTheBrokenInvariant),
            nameof(Checker_WindowRuleSwitchedOff_NamesTheBrokenInvariant),
        ];
        IEnumerable<ReferenceDefect> listed = theories.SelectMany(static theory => typeof(NegativeControls)
            .GetMethod(theory, BindingFlags.NonPublic | BindingFlags.Instance)!
            .GetCustomAttributes(typeof(InlineDataAttribute), false).Cast<InlineDataAttribute>().Select(static data => (ReferenceDefect)data.Data[0]!));

        Assert.Equal(Enum.GetValues<ReferenceDefect>().Except([ReferenceDefect.None]), listed);
    }

    private void Kill(ReferenceDefect defect, string[] expected)
    {
        for (int number = 0; number < MostScripts; number++)
        {
            if (Broken(Script.Numbered(number, Length), defect, expected.Contains("Routing"), expected.Contains("Savings")) is { } violation)
            {
                output.WriteLine($"{defect}: script {number}: {violation.Message}");
                Assert.Contains(violation.Invariant, expected);
                return;
            }
        }

        Assert.Fail($"{defect} survives {MostScripts} scripts");
    }

    private static InvariantViolation? Broken(Script script, ReferenceDefect defect, bool looksAtRouting = true, bool looksAtSavings = true)
    {
        try
        {
            List<Fx> first = [], second = [];
            Play(first);
            if (defect == ReferenceDefect.NotDeterministic)
            {
                Play(second);
                return first.SequenceEqual(second) ? null : new InvariantViolation("I16", "two runs of the same events differ");
            }

            return null;
        }
        catch (InvariantViolation violation)
        {
            return violation;
        }

        void Play(List<Fx> log) => ModelRun.Play(
            script, options => new ReferenceScheduler(options, defect), log: log, looksAtRouting: looksAtRouting, looksAtSavings: looksAtSavings);
    }
}
