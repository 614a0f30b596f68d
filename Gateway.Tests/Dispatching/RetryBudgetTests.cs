using Gateway.Scheduling;
using Xunit;

namespace Gateway.Tests.Dispatching;

/// <summary>What is earned, what is spent, and what comes back with time.</summary>
[Trait("req", "M4")]
public sealed class RetryBudgetTests
{
    private const long Second = TimeSpan.TicksPerSecond;

    /// <summary>So many first attempts at 0, then as many retries as there are; and again after a while.</summary>
    [Theory]
    [InlineData(0.2, 3, 0, 3, 10, 3)]
    [InlineData(0.2, 3, 0, 3, 4, 1)]
    [InlineData(0.2, 3, 0, 3, 3, 0)]
    [InlineData(0.2, 3, 10, 5, 3600, 3)]
    [InlineData(0.2, 3, 4, 3, 0, 0)]
    [InlineData(0.2, 3, 5, 4, 0, 0)]
    [InlineData(0.2, 3, 1_000_000, 100, 10, 3)]
    [InlineData(1, 0, 7, 7, 3600, 0)]
    [InlineData(1, 250, 7, 250, 10, 250)]
    [InlineData(0, 1, 1000, 1, 10, 1)]
    [InlineData(0, 0, 1000, 0, 3600, 0)]
    [InlineData(1, int.MaxValue, 0, 5, 1, 5)]
    public void Budget_FirstAttemptsThenRetries_AllowsWhatWasEarnedAndWhatCameBack(
        double share, int floor, int firstAttempts, int retries, int seconds, int retriesLater)
    {
        var budget = new RetryBudget(share, floor);
        for (int i = 0; i < firstAttempts; i++)
        {
            budget.Earn(0);
        }

        Assert.Equal(retries, Spend(budget, 0, floor == int.MaxValue ? 5 : int.MaxValue));
        Assert.Equal(retriesLater, Spend(budget, seconds * Second, floor == int.MaxValue ? 5 : int.MaxValue));
    }

    [Fact]
    public void Refill_LookedAtManyTimes_ComesToTheSame()
    {
        RetryBudget often = new(0.2, 3), once = new(0.2, 3);
        Spend(often, 0, 3);
        Spend(once, 0, 3);
        for (long now = 1; now < 100_003; now += 7)
        {
            often.Saved(now);
        }

        Assert.Equal(300_009, often.Saved(100_003));
        Assert.Equal(300_009, once.Saved(100_003));
    }

    [Fact]
    public void Refill_MoreThanTheFloorIsSaved_AddsNothingAndLosesNothing()
    {
        var budget = new RetryBudget(1, 1);
        budget.Earn(0);

        Assert.Equal(2 * RetryBudget.Retry, budget.Saved(long.MaxValue));
    }

    [Fact]
    public void Refill_AfterALongGoodTime_CountsFromTheSpendingOn()
    {
        var budget = new RetryBudget(0, 1);
        Assert.True(budget.TrySpend(3600 * Second));

        Assert.False(budget.TrySpend(3610 * Second - 1));
        Assert.True(budget.TrySpend(3610 * Second));
    }

    private static int Spend(RetryBudget budget, long now, int most)
    {
        int spent = 0;
        while (spent < most && budget.TrySpend(now))
        {
            spent++;
        }

        return spent;
    }
}
