using FsCheck;
using FsCheck.Fluent;
using Gateway.Scheduling;
using Gateway.Tests.Dispatching.Model;
using Microsoft.FSharp.Core;
using Xunit;

namespace Gateway.Tests.Dispatching;

/// <summary>
/// Random runs of the core, checked after every step. A failure prints the shrunk script and its seed; set GATEWAY_MODEL_SEED to the
/// two numbers of the seed ("1,2") to replay it.
/// </summary>
public sealed class ModelProperties(ITestOutputHelper output)
{
    /// <summary>Runs in lock step with the reference; each named property adds its own.</summary>
    private const int Sequences = 10_000;
    private const int SequencesPerInvariant = 700;
    private const int Length = 70;
    private const int MostRounds = 10;

    [Fact]
    [Trait("row", "S1")]
    [Trait("row", "S3")]
    public void Core_RandomEvents_EqualsReferenceAndKeepsEveryInvariant()
    {
        var total = new Coverage();
        Property property = Prop.ForAll(Script.Of(Length), script =>
            total.AddAll(ModelRun.Play(script, static options => new CoreModel(options), static options => new ReferenceScheduler(options))));
        Check.One("core equals reference", Config(Sequences), property);
        output.WriteLine(total.ToString());

        // Every interesting state was really reached, the rarest about sixty times.
        Assert.All(Enum.GetValues<Seen>(), seen => Assert.True(total[seen] >= 20, $"{seen} was reached {total[seen]} times only"));
    }

    [Fact]
    [Trait("inv", "I1")]
    public void I1_Conservation_EachItemInOneStateAndEndedOnce() => Holds("I1", Seen.Grant, Seen.GoneDone);

    [Fact]
    [Trait("inv", "I2")]
    [Trait("row", "S3")]
    public void I2_OneAttempt_NeverGrantedBeforeTheLastEnded() => Holds("I2", Seen.Preemption, Seen.Retry, Seen.HeldSlot);

    [Fact]
    [Trait("inv", "I3")]
    [Trait("row", "S3")]
    public void I3_Limits_NeverMoreUpstreamCallsThanSlots() => Holds("I3", Seen.LimitBelowUse, Seen.Cooling, Seen.Leak, Seen.GateClosed);

    [Fact]
    [Trait("inv", "I4")]
    [Trait("row", "S1")]
    public void I4_StrictOrder_NoSlotForLessUrgentWhileMoreUrgentWaits() => Holds("I4", Seen.Grant);

    [Fact]
    [Trait("inv", "I5")]
    public void I5_Fifo_OriginalOrderAlsoAfterRequeue() => Holds("I5", Seen.Preemption, Seen.Wake);

    [Fact]
    [Trait("inv", "I6")]
    [Trait("row", "S3")]
    public void I6_Preemption_OnlyForEntitledAgainstEligible() => Holds("I6", Seen.Preemption);

    [Fact]
    [Trait("inv", "I7")]
    [Trait("row", "S3")]
    public void I7_Preemption_NoMoreThanNeeded() => Holds("I7", Seen.Preemption);

    [Fact]
    [Trait("inv", "I8")]
    [Trait("row", "S4")]
    public void I8_Preemption_CappedPerItem() => Holds("I8", Seen.Immune);

    [Fact]
    [Trait("inv", "I9")]
    [Trait("row", "S4")]
    public void I9_FiniteWork_EverythingEnds() => Holds("I9", Seen.Leak, Seen.LeakEnded, Seen.HeldSlot);

    [Fact]
    [Trait("inv", "I10")]
    public void I10_WorkConservation_NoFreeSlotBesideAWaiter() => Holds("I10", Seen.GateClosed, Seen.LimitBelowUse);

    [Fact]
    [Trait("inv", "I11")]
    [Trait("row", "S7")]
    [Trait("row", "U9")]
    public void I11_CallerGone_EndsInEveryState() =>
        Holds("I11", Seen.GoneQueued, Seen.GoneSleeping, Seen.GoneRunning, Seen.GoneRevoking, Seen.GoneClosing, Seen.ClosingGone, Seen.CommitBeatsRevokeButGone);

    [Fact]
    [Trait("inv", "I12")]
    [Trait("row", "S3")]
    public void I12_Commit_ProtectsFromPreemption() => Holds("I12", Seen.CommitBeatsRevoke, Seen.LateCommit);

    [Fact]
    [Trait("inv", "I14")]
    [Trait("row", "S5")]
    public void I14_Slots_SettledExactlyOnce() => Holds("I14", Seen.Leak, Seen.LeakEnded, Seen.Cooling, Seen.Retry, Seen.CommitBeatsRevoke);

    [Fact]
    [Trait("inv", "I15")]
    [Trait("row", "S7")]
    public void I15_Deadlines_FireAtTheirInstant() => Holds("I15", Seen.Expired, Seen.DeadlineExceeded, Seen.ClosingExpired, Seen.ClosingPastDeadline, Seen.Wake, Seen.Leak);

    [Fact]
    [Trait("inv", "I17")]
    [Trait("row", "S2")]
    public void I17_AgeLimit_StarvedAreServedInOneOfFourGrants() => Holds("I17", Seen.StarvedGrant);

    [Fact]
    [Trait("req", "M4")]
    public void Retries_AdviceAndAvoidance_AreKept() =>
        Holds(["Retries", "Route"], Seen.Failover, Seen.FailoverForGood, Seen.FreeFailover, Seen.Widened);

    [Fact]
    [Trait("req", "M4")]
    public void Retries_Budget_IsKeptAndUsed() =>
        Holds(["Budget", "Savings"], Seen.PaidRetry, Seen.PaidAgain, Seen.PaidByEarnings, Seen.RetryBudgetSpent, Seen.BudgetRefilled, Seen.SavedUpToTheMost);

    [Fact]
    [Trait("row", "U7")]
    public void Dead_InstancesOutOfService_NobodyWaitsForThemOrIsGrantedThem() =>
        Holds(["Dead"], Seen.EvictedForTheDead, Seen.EvictedForTheDeadAsleep, Seen.ClosingForTheDead);

    /// <summary>A reload while requests wait, sleep or run: each goes where it may go now, in its place.</summary>
    [Fact]
    [Trait("req", "P5")]
    [Trait("req", "M1")]
    public void Rerouted_AnyState_KeepsItsPlaceAndGoesWhereItMay() =>
        Holds(["I3", "I4", "I5", "Dead"], Seen.ReroutedWaiting, Seen.ReroutedAsleep, Seen.ReroutedRunning);

    [Fact]
    [Trait("req", "A3")]
    public void Routing_EveryStrategy_PicksByItsRule() =>
        Holds(["Routing"], Seen.PickByPriority, Seen.PickByWeight, Seen.PickInTurn, Seen.PickByScore);

    [Fact]
    [Trait("row", "S8")]
    public void Promotion_AnyState_OnlyEverUp() =>
        Holds(["S8"], Seen.PromotedWaiting, Seen.PromotedSleeping, Seen.PromotedRunning, Seen.PromotedVictim, Seen.PromotedOutOfReach);

    [Fact]
    [Trait("req", "A5")]
    public void Windows_ClosedByTier_AreKeptAndDeferralsLeaveNoTrace() =>
        Holds(["Window"], Seen.WindowClosedToOthers, Seen.ScarceStill, Seen.ScarceNoMore, Seen.DeferredAtFirst, Seen.DeferredThoughRevoked, Seen.DeferredInVain, Seen.DeferredHeld);

    [Fact]
    public void Operators_PauseAndRemove_AreObeyed() =>
        Holds(["Pause", "Removed"], Seen.PausedWaits, Seen.Removed, Seen.RemovedSleeping);

    [Fact]
    [Trait("inv", "I16")]
    public void I16_SameEvents_SameEffectsAndJournal()
    {
        Property property = Prop.ForAll(Script.Of(Length), static script =>
        {
            (List<Fx> log, string journal) first = Once(script), second = Once(script);
            Assert.Equal(first.log, second.log);
            Assert.Equal(first.journal, second.journal);
        });
        Check.One("I16", Config(SequencesPerInvariant), property);
    }

    private static (List<Fx> Log, string Journal) Once(Script script)
    {
        List<Fx> log = [];
        CoreModel? model = null;
        ModelRun.Play(script, options => model = new CoreModel(options), log: log);
        return (log, model!.Core.Journal.ToString());
    }

    /// <summary>The invariant holds over runs that did reach the states in which it could be broken.</summary>
    private static void Holds(string invariant, params Seen[] reached) => Holds([invariant], reached);

    private static void Holds(string[] invariants, params Seen[] reached)
    {
        var total = new Coverage();
        Property property = Prop.ForAll(Script.Of(Length), script =>
        {
            try
            {
                total.AddAll(ModelRun.Play(script, static options => new CoreModel(options)));
            }
            catch (InvariantViolation other) when (!invariants.Contains(other.Invariant))
            {
                // Another property's business, which reports it under its own name.
            }
        });
        for (int round = 0; round < MostRounds && (round == 0 || reached.Any(seen => total[seen] == 0)); round++)
        {
            // A rare state is waited for: most rounds of so many sequences reach each, and a property that never meets its case shows nothing.
            Check.One(string.Join(' ', invariants), Config(SequencesPerInvariant), property);
        }

        Assert.All(reached, seen => Assert.True(total[seen] > 0, $"{seen} was never reached"));
    }

    private static Config Config(int sequences)
    {
        Config config = FsCheck.Config.QuickThrowOnFailure.WithMaxTest(sequences).WithQuietOnSuccess(true);
        return Environment.GetEnvironmentVariable("GATEWAY_MODEL_SEED")?.Split(',') is [{ } seed, { } gamma]
            ? config.WithReplay(FSharpOption<Replay>.Some(
                new Replay(new Rnd(ulong.Parse(seed, null), ulong.Parse(gamma, null)), FSharpOption<int>.None)))
            : config;
    }
}
