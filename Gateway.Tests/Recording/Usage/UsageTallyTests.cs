using Gateway.Recording;
using Gateway.Recording.Usage;
using Gateway.Requests;
using Xunit;

namespace Gateway.Tests.Recording.Usage;

[Trait("req", "A9")]
public class UsageTallyTests
{
    [Fact]
    public void Add_AnsweredRequest_CountsForAllItsTierAndItsInstance()
    {
        UsageSlot slot = Tally(UsageRecords.Answered(UsageRecords.Start));

        Assert.Equal([UsageKey.Whole, UsageKey.OfTier(3), UsageKey.OfInstance("a")], slot.Keys);
        foreach (UsageKey key in new[] { UsageKey.Whole, UsageKey.OfTier(3) })
        {
            UsageCounts all = slot.Of(key);
            Assert.Equal((1, 0, 10, 5), (all[UsageField.Requests], all[UsageField.Errors], all[UsageField.InputTokens], all[UsageField.OutputTokens]));
            Assert.Equal((1, 2_000_000), (all[UsageField.Answered], all[UsageField.AnsweredMicroseconds]));
            Assert.Equal((1, 500_000), (all[UsageField.Scheduled], all[UsageField.QueuedMicroseconds]));
        }

        UsageCounts instance = slot.Of(UsageKey.OfInstance("a"));
        Assert.Equal((1, 0, 10, 5), (instance[UsageField.Requests], instance[UsageField.Errors], instance[UsageField.InputTokens], instance[UsageField.OutputTokens]));
        Assert.Equal((1, 1_000_000), (instance[UsageField.Answered], instance[UsageField.AnsweredMicroseconds]));
    }

    /// <summary>Whatever ended an answer behind its head, its status says 200.</summary>
    [Fact]
    public void Add_AnswerThatEndedBeforeItsEnd_IsAnError()
    {
        Outcome[] fine = [Outcome.Pending, Outcome.Relayed, Outcome.Answered, Outcome.CallerGone];
        foreach (Outcome outcome in Enum.GetValues<Outcome>())
        {
            AccessRecord record = UsageRecords.Answered(UsageRecords.Start);
            record.Outcome = outcome;

            Assert.Equal((outcome, fine.Contains(outcome) ? 0 : 1), (outcome, Tally(record).Of(UsageKey.Whole)[UsageField.Errors]));
        }
    }

    /// <summary>One absurd sum must not make a slot that cannot be read back.</summary>
    [Theory]
    [InlineData(long.MaxValue)]
    [InlineData(-1)]
    public void Encode_AbsurdSum_IsReadBackWithAllOthers(long absurd)
    {
        var slot = new UsageSlot();
        slot.Of(UsageKey.Whole)[UsageField.OutputTokens] = absurd;
        slot.Of(UsageKey.OfInstance("a"))[UsageField.Requests] = 3;
        var again = new UsageSlot();

        Assert.True(again.TryAdd(slot.Encode()));
        Assert.Equal(3, again.Of(UsageKey.OfInstance("a"))[UsageField.Requests]);
    }

    [Fact]
    public void Add_InterruptedThenFailedThenAnswered_BooksEachCallOnItsInstance()
    {
        AccessRecord record = UsageRecords.Answered(UsageRecords.Start, "c");
        record.Attempts = 3;
        record.Retries = 1;
        record.Wasted = TimeSpan.FromSeconds(3);
        record.WastedTokens = 7;
        record.Add(new AttemptRecord(1, "a", default, TimeSpan.FromSeconds(3), null, AttemptEnd.Preempted, Outcome.Pending, 0, 1));
        record.Add(new AttemptRecord(2, "b", default, TimeSpan.FromSeconds(1), null, AttemptEnd.Failed, Outcome.UpstreamReset, 0, null));
        UsageSlot slot = Tally(record);

        UsageCounts all = slot.Of(UsageKey.Whole);
        Assert.Equal((1, 0, 1, 1, 7), (all[UsageField.Requests], all[UsageField.Errors], all[UsageField.Preemptions], all[UsageField.Retries], all[UsageField.WastedTokens]));
        Assert.Equal(3_000_000, all[UsageField.WastedMicroseconds]);
        UsageCounts a = slot.Of(UsageKey.OfInstance("a"));
        Assert.Equal((1, 0, 1, 3_000_000), (a[UsageField.Requests], a[UsageField.Errors], a[UsageField.Preemptions], a[UsageField.WastedMicroseconds]));
        UsageCounts b = slot.Of(UsageKey.OfInstance("b"));
        Assert.Equal((1, 1, 0, 0), (b[UsageField.Requests], b[UsageField.Errors], b[UsageField.Answered], b[UsageField.InputTokens]));
        Assert.Equal((1, 0, 15), (slot.Of(UsageKey.OfInstance("c"))[UsageField.Requests], slot.Of(UsageKey.OfInstance("c"))[UsageField.Errors],
            slot.Of(UsageKey.OfInstance("c"))[UsageField.InputTokens] + slot.Of(UsageKey.OfInstance("c"))[UsageField.OutputTokens]));
    }

    [Theory]
    [InlineData(200, Outcome.Relayed, 0)]
    [InlineData(400, Outcome.Relayed, 1)]
    [InlineData(401, Outcome.Unauthorized, 1)]
    [InlineData(429, Outcome.QueueFull, 1)]
    [InlineData(502, Outcome.UpstreamReset, 1)]
    [InlineData(200, Outcome.UpstreamCut, 1)]
    [InlineData(499, Outcome.CallerGone, 0)]
    public void Add_Request_IsAnErrorWhenItsCallerGotOne(int status, object outcome, long errors)
    {
        AccessRecord record = UsageRecords.Answered(UsageRecords.Start);
        (record.Status, record.Outcome) = (status, (Outcome)outcome);

        Assert.Equal(errors, Tally(record).Of(UsageKey.Whole)[UsageField.Errors]);
    }

    [Theory]
    [InlineData(200, 0)]
    [InlineData(404, 0)]
    [InlineData(408, 1)]
    [InlineData(429, 1)]
    [InlineData(500, 1)]
    public void Add_RelayedStatus_IsAnErrorOfTheInstanceOnlyWhenItIsItsFault(int status, long errors)
    {
        AccessRecord record = UsageRecords.Answered(UsageRecords.Start, "other");
        record.Add(new AttemptRecord(2, "a", default, TimeSpan.FromSeconds(1), null, AttemptEnd.Answered, Outcome.Relayed, status, null));

        Assert.Equal(errors, Tally(record).Of(UsageKey.OfInstance("a"))[UsageField.Errors]);
    }

    [Theory]
    [InlineData(CacheState.Hit)]
    [InlineData(CacheState.Shared)]
    public void Add_AnswerOfTheCache_CostsNoTokens(object cache)
    {
        AccessRecord record = UsageRecords.Answered(UsageRecords.Start);
        record.Cache = (CacheState)cache;
        UsageCounts all = Tally(record).Of(UsageKey.Whole);

        Assert.Equal((1, 1, 0, 0), (all[UsageField.Requests], all[UsageField.CacheHits], all[UsageField.InputTokens], all[UsageField.OutputTokens]));
    }

    private static UsageSlot Tally(AccessRecord record)
    {
        var slot = new UsageSlot();
        UsageTally.Add(slot, record);
        return slot;
    }
}
