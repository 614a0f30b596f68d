using Gateway.RateLimiting;
using Xunit;

namespace Gateway.Tests.RateLimiting;

/// <summary>What every store of windows does, in memory and on Redis.</summary>
public abstract class LimitStoreContract
{
    private static long _principals;

    /// <summary>Where time is to pass: on Redis it really does.</summary>
    private protected static readonly TimeSpan Window = TimeSpan.FromMilliseconds(1024);

    /// <summary>Where none is to pass: a test is over before it, however busy the machine is.</summary>
    private protected static readonly TimeSpan LongWindow = TimeSpan.FromMinutes(1);

    /// <summary>With <see cref="LongWindow"/>.</summary>
    private protected abstract ILimitStore Store { get; }

    /// <summary>With <see cref="Window"/>.</summary>
    private protected abstract ILimitStore BriefStore { get; }

    /// <summary>Lets so much time pass.</summary>
    private protected abstract Task PassAsync(TimeSpan time);

    private protected static LimitKey NewKey(LimitKind kind = LimitKind.CallerRequests) => new(kind, (UInt128)Interlocked.Increment(ref _principals));

    [Fact]
    [Trait("row", "R1")]
    public async Task Take_UpToTheLimit_IsGrantedAndNoMore()
    {
        LimitKey key = NewKey();
        for (int i = 1; i <= 5; i++)
        {
            LimitAnswer answer = await TakeAsync(new LimitDemand(key, 5, 1));
            Assert.True(answer.IsGranted);
            Assert.Equal(5 - i, answer.First.Remaining);
        }

        LimitAnswer refused = await TakeAsync(new LimitDemand(key, 5, 1));
        Assert.False(refused.IsGranted);
        Assert.Equal(0, refused.First.Remaining);
        Assert.InRange(refused.First.RetryAfter, TimeSpan.FromTicks(1), LongWindow * 1.01);
        Assert.InRange(refused.First.ResetAfter, refused.First.RetryAfter, LongWindow * 1.01);
    }

    [Fact]
    [Trait("row", "R1")]
    public async Task Take_Concurrent_GrantsExactlyTheLimit()
    {
        LimitKey key = NewKey();
        Task<LimitAnswer>[] demands = [.. Enumerable.Range(0, 200).Select(_ => Task.Run(() => TakeAsync(new LimitDemand(key, 20, 1))))];
        LimitAnswer[] answers = await Task.WhenAll(demands);
        Assert.Equal(20, answers.Count(static answer => answer.IsGranted));
    }

    [Fact]
    public async Task Take_AfterRetryAfter_IsGranted()
    {
        LimitKey key = NewKey();
        Assert.True((await TakeBrieflyAsync(new LimitDemand(key, 10, 10))).IsGranted);
        LimitAnswer refused = await TakeBrieflyAsync(new LimitDemand(key, 10, 4));
        Assert.False(refused.IsGranted);
        await PassAsync(refused.First.RetryAfter);
        Assert.True((await TakeBrieflyAsync(new LimitDemand(key, 10, 4))).IsGranted);
    }

    [Fact]
    public async Task Take_MoreThanTheLimit_NeverFits()
    {
        LimitAnswer refused = await TakeAsync(new LimitDemand(NewKey(), 10, 11));
        Assert.False(refused.IsGranted);
        Assert.Equal(Timeout.InfiniteTimeSpan, refused.First.RetryAfter);
    }

    [Fact]
    public async Task Take_TwoDemands_AllOrNothing()
    {
        LimitKey caller = NewKey();
        LimitKey address = NewKey(LimitKind.AddressRequests);
        Assert.True((await TakeAsync(new LimitDemand(address, 1, 1))).IsGranted);
        LimitAnswer refused = await TakeAsync(new LimitDemand(caller, 2, 1), new LimitDemand(address, 1, 1));
        Assert.False(refused.IsGranted);
        Assert.Equal(2, refused.First.Remaining);
        Assert.Equal(TimeSpan.Zero, refused.First.RetryAfter);
        Assert.True(refused.Second.RetryAfter > TimeSpan.Zero);
        Assert.True((await TakeAsync(new LimitDemand(caller, 2, 2))).IsGranted);
    }

    [Fact]
    [Trait("row", "R2")]
    public async Task Settle_LessThanTaken_GivesTheRestBack()
    {
        LimitKey key = NewKey(LimitKind.CallerTokens);
        LimitAnswer taken = await TakeAsync(new LimitDemand(key, 100, 90));
        await Store.SettleAsync(taken.First.Receipt, 30);
        LimitAnswer next = await TakeAsync(new LimitDemand(key, 100, 70));
        Assert.True(next.IsGranted);
        Assert.Equal(0, next.First.Remaining);
    }

    [Fact]
    [Trait("row", "R2")]
    public async Task Settle_MoreThanTaken_IsBookedOverTheLimit()
    {
        LimitKey key = NewKey(LimitKind.CallerTokens);
        LimitAnswer taken = await TakeAsync(new LimitDemand(key, 100, 10));
        await Store.SettleAsync(taken.First.Receipt, 150);
        LimitAnswer next = await TakeAsync(new LimitDemand(key, 100, 1));
        Assert.False(next.IsGranted);
        Assert.Equal(0, next.First.Remaining);
    }

    [Fact]
    [Trait("row", "R2")]
    public async Task Settle_AfterTheWindow_RefillsNothing()
    {
        LimitKey key = NewKey(LimitKind.CallerTokens);
        LimitAnswer taken = await TakeBrieflyAsync(new LimitDemand(key, 100, 60));
        await PassAsync(Window * 1.02);
        Assert.True((await TakeBrieflyAsync(new LimitDemand(key, 100, 100))).IsGranted);
        await BriefStore.SettleAsync(taken.First.Receipt, 0);
        Assert.False((await TakeBrieflyAsync(new LimitDemand(key, 100, 1))).IsGranted);
    }

    [Fact]
    [Trait("row", "R2")]
    public async Task Take_NeverSettled_ComesBackWithTheWindow()
    {
        // As of a process that was killed.
        LimitKey key = NewKey(LimitKind.CallerTokens);
        Assert.True((await TakeBrieflyAsync(new LimitDemand(key, 100, 100))).IsGranted);
        Assert.False((await TakeBrieflyAsync(new LimitDemand(key, 100, 1))).IsGranted);
        await PassAsync(Window * 1.02);
        LimitAnswer all = await TakeBrieflyAsync(new LimitDemand(key, 100, 100));
        Assert.True(all.IsGranted);
        Assert.Equal(0, all.First.Remaining);
    }

    [Fact]
    [Trait("row", "R2")]
    public async Task Settle_Twice_GivesBackNoMoreThanWasTaken()
    {
        LimitKey key = NewKey(LimitKind.CallerTokens);
        LimitAnswer taken = await TakeAsync(new LimitDemand(key, 100, 40));
        await Store.SettleAsync(taken.First.Receipt, 0);
        await Store.SettleAsync(taken.First.Receipt, 0);
        Assert.False((await TakeAsync(new LimitDemand(key, 100, 101))).IsGranted);
        LimitAnswer all = await TakeAsync(new LimitDemand(key, 100, 100));
        Assert.True(all.IsGranted);
        Assert.Equal(0, all.First.Remaining);
    }

    [Fact]
    public async Task Take_SmallerLimitOnTheSameKey_IsAShareOfIt()
    {
        LimitKey key = NewKey(LimitKind.InstanceTokens);
        Assert.True((await TakeAsync(new LimitDemand(key, 80, 80))).IsGranted);
        Assert.False((await TakeAsync(new LimitDemand(key, 80, 1))).IsGranted);
        Assert.True((await TakeAsync(new LimitDemand(key, 100, 20))).IsGranted);
    }

    [Fact]
    public async Task Take_Nothing_TellsAndTakesNone()
    {
        LimitKey key = NewKey();
        await TakeAsync(new LimitDemand(key, 3, 3));
        LimitAnswer answer = await TakeAsync(new LimitDemand(key, 3, 0));
        Assert.True(answer.IsGranted);
        Assert.Equal(0, answer.First.Remaining);
        Assert.True(answer.First.ResetAfter > TimeSpan.Zero);
    }

    private protected Task<LimitAnswer> TakeAsync(LimitDemand first, LimitDemand second = default) => TakeAsync(Store, first, second);

    private protected Task<LimitAnswer> TakeBrieflyAsync(LimitDemand demand) => TakeAsync(BriefStore, demand, default);

    private static async Task<LimitAnswer> TakeAsync(ILimitStore store, LimitDemand first, LimitDemand second)
    {
        LimitAnswer? answer = await store.TakeAsync(first, second);
        Assert.NotNull(answer);
        return answer.Value;
    }
}
