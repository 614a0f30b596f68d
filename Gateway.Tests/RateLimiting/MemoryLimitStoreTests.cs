using System.Globalization;
using Gateway.RateLimiting;
using Gateway.Tests.Support;
using Xunit;

namespace Gateway.Tests.RateLimiting;

public sealed class MemoryLimitStoreTests : LimitStoreContract
{
    private readonly ManualTimeProvider _time = new();
    private readonly MemoryLimitStore _store;

    public MemoryLimitStoreTests() => _store = new MemoryLimitStore(_time, Window);

    private protected override ILimitStore Store => _store;

    private protected override Task PassAsync(TimeSpan time)
    {
        _time.Advance(time);
        return Task.CompletedTask;
    }

    [Fact]
    [Trait("req", "R4")]
    public void Take_MoreKeysThanCapacity_SharesAndNeverRefills()
    {
        var store = new MemoryLimitStore(_time, Window, capacity: 160);
        var active = new LimitKey(LimitKind.CallerRequests, 42);
        Assert.True(store.Take(new LimitDemand(active, 5, 5)).IsGranted);
        int granted = 0;
        for (int i = 1000; i < 1_001_000; i++)
        {
            granted += store.Take(new LimitDemand(new LimitKey(LimitKind.CallerRequests, (UInt128)i), 5, 5)).IsGranted ? 1 : 0;
        }

        Assert.InRange(store.Count, 1, 160);
        Assert.InRange(granted, 100, 160 + 16);
        Assert.False(store.Take(new LimitDemand(active, 5, 1)).IsGranted);
        _time.Advance(Window * 1.01);
        Assert.True(store.Take(new LimitDemand(active, 5, 5)).IsGranted);
        Assert.True(store.Take(new LimitDemand(new LimitKey(LimitKind.CallerRequests, 7), 5, 5)).IsGranted);
    }

    [Theory]
    [Trait("req", "R10")]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Take_RandomArrivals_NoWindowHoldsMoreThanTheLimit(int seed)
    {
        var random = new Random(seed);
        var key = new LimitKey(LimitKind.CallerTokens, 1);
        var log = new List<(long At, long Amount)>();
        for (int i = 0; i < 20_000; i++)
        {
            _time.Advance(TimeSpan.FromTicks(random.NextInt64(Window.Ticks / 40)));
            long amount = random.Next(1, 30);
            if (_store.Take(new LimitDemand(key, 100, amount)).IsGranted)
            {
                log.Add((_time.GetTimestamp(), amount));
            }
        }

        Assert.True(log.Count > 1000, log.Count.ToString(CultureInfo.InvariantCulture));
        int from = 0;
        long sum = 0;
        foreach ((long at, long amount) in log)
        {
            sum += amount;
            while (log[from].At <= at - Window.Ticks)
            {
                sum -= log[from++].Amount;
            }

            Assert.True(sum <= 100, $"seed {seed}: {sum} in the window that ends at {at}");
        }
    }

    [Fact]
    [Trait("req", "R5")]
    public void Take_ALongWait_IsNotForgottenAndNotKept()
    {
        var key = new LimitKey(LimitKind.CallerRequests, 9);
        Assert.True(_store.Take(new LimitDemand(key, 1, 1)).IsGranted);
        _time.Advance(Window * 0.999);
        Assert.False(_store.Take(new LimitDemand(key, 1, 1)).IsGranted);
        _time.Advance(Window * 0.01);
        Assert.True(_store.Take(new LimitDemand(key, 1, 1)).IsGranted);
    }
}
