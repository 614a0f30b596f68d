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

    private protected override ILimitStore Store => field ??= new MemoryLimitStore(_time, LongWindow);

    private protected override ILimitStore BriefStore => _store;

    private protected override Task PassAsync(TimeSpan time)
    {
        _time.Advance(time);
        return Task.CompletedTask;
    }

    [Fact]
    [Trait("row", "R4")]
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

    /// <summary>The caller's window is new and still empty when the address's, in the same part of the table, finds that it is time to sweep.</summary>
    [Fact]
    [Trait("row", "R4")]
    public void Take_SecondKeySweeps_FirstIsCounted()
    {
        for (int round = 0; round < 100; round++)
        {
            var store = new MemoryLimitStore(_time, Window);
            for (int i = 0; i < 960; i++)
            {
                store.Take(new LimitDemand(new LimitKey(LimitKind.CallerRequests, (UInt128)(1_000_000 + i)), 1, 1));
            }

            _time.Advance(Window * 1.01);
            for (int i = 0; i < 200; i++)
            {
                UInt128 id = (UInt128)((round * 1000) + i);
                var caller = new LimitDemand(new LimitKey(LimitKind.CallerRequests, id), 1, 1);
                Assert.True(store.Take(caller, new LimitDemand(new LimitKey(LimitKind.AddressRequests, id + 7_000_000), 1, 1)).IsGranted);
                Assert.False(store.Take(caller).IsGranted);
            }
        }
    }

    [Theory]
    [Trait("row", "R10")]
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
        Assert.InRange(FullestWindow(log), 90, 100);
    }

    [Fact]
    [Trait("row", "R10")]
    public void FullestWindow_OfABucketThatRefills_HoldsMoreThanTheLimit()
    {
        // What the check above is there to find.
        var random = new Random(1);
        var log = new List<(long At, long Amount)>();
        (double left, long filled) = (100, 0);
        for (int i = 0; i < 20_000; i++)
        {
            _time.Advance(TimeSpan.FromTicks(random.NextInt64(Window.Ticks / 40)));
            long now = _time.GetTimestamp();
            (left, filled) = (Math.Min(100, left + (100.0 * (now - filled) / Window.Ticks)), now);
            long amount = random.Next(1, 30);
            if (left >= amount)
            {
                left -= amount;
                log.Add((now, amount));
            }
        }

        Assert.InRange(FullestWindow(log), 150, 200);
    }

    [Theory]
    [Trait("row", "R2")]
    [Trait("row", "R10")]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public void Settle_AnyOrder_NothingIsOverspentAndNothingIsKept(int seed)
    {
        const long Limit = 100;
        var random = new Random(seed);
        var key = new LimitKey(LimitKind.CallerTokens, 1);
        var booked = new List<(long At, long Amount)>();
        var open = new List<(int Index, LimitReceipt Receipt)>();
        int refused = 0;
        for (int i = 0; i < 20_000; i++)
        {
            _time.Advance(TimeSpan.FromTicks(random.NextInt64(Window.Ticks / 40)));
            if (open.Count > 0 && random.Next(2) == 0)
            {
                int which = random.Next(open.Count);
                (int index, LimitReceipt receipt) = open[which];
                open.RemoveAt(which);
                long actual = random.NextInt64(receipt.Amount + 1);
                _store.Settle(receipt, actual);
                booked[index] = booked[index] with { Amount = actual };
            }

            long amount = random.Next(1, 60);
            long exactly = InWindow(booked, Window);
            LimitAnswer answer = _store.Take(new LimitDemand(key, Limit, amount));
            if (answer.IsGranted)
            {
                Assert.True(exactly + amount <= Limit, $"seed {seed}, step {i}: {exactly} + {amount}");
                open.Add((booked.Count, answer.First.Receipt));
                booked.Add((_time.GetTimestamp(), amount));
            }
            else
            {
                // Late by a slot at most.
                refused++;
                Assert.True(InWindow(booked, Window * (1 + (1.0 / SlidingWindow.Slots))) + amount > Limit, $"seed {seed}, step {i}: refused for nothing");
            }
        }

        Assert.InRange(refused, 1000, 19_000);
        _time.Advance(Window * 1.01);
        Assert.True(_store.Take(new LimitDemand(key, Limit, Limit)).IsGranted);
    }

    [Fact]
    [Trait("row", "R5")]
    public void Take_WallClockJumps_ChangesNothing()
    {
        var time = new JumpingWallClock();
        var store = new MemoryLimitStore(time, Window);
        var key = new LimitKey(LimitKind.CallerRequests, 9);
        Assert.True(store.Take(new LimitDemand(key, 2, 2)).IsGranted);
        foreach (int hours in (int[])[1, -1, 24 * 365, -24 * 365])
        {
            time.Jump = TimeSpan.FromHours(hours);
            Assert.False(store.Take(new LimitDemand(key, 2, 1)).IsGranted);
        }

        time.Advance(Window * 1.01);
        Assert.True(store.Take(new LimitDemand(key, 2, 2)).IsGranted);
    }

    [Fact]
    [Trait("row", "R5")]
    public void Take_ALongWait_IsNotForgottenAndNotKept()
    {
        var key = new LimitKey(LimitKind.CallerRequests, 9);
        Assert.True(_store.Take(new LimitDemand(key, 1, 1)).IsGranted);
        _time.Advance(Window * 0.999);
        Assert.False(_store.Take(new LimitDemand(key, 1, 1)).IsGranted);
        _time.Advance(Window * 0.01);
        Assert.True(_store.Take(new LimitDemand(key, 1, 1)).IsGranted);
    }

    /// <summary>The most that any stretch of a window's length holds.</summary>
    private static long FullestWindow(List<(long At, long Amount)> log)
    {
        int from = 0;
        long sum = 0;
        long most = 0;
        foreach ((long at, long amount) in log)
        {
            sum += amount;
            while (log[from].At <= at - Window.Ticks)
            {
                sum -= log[from++].Amount;
            }

            most = Math.Max(most, sum);
        }

        return most;
    }

    private long InWindow(List<(long At, long Amount)> booked, TimeSpan length)
    {
        long sum = 0;
        for (int i = booked.Count - 1; i >= 0 && booked[i].At > _time.GetTimestamp() - length.Ticks; i--)
        {
            sum += booked[i].Amount;
        }

        return sum;
    }

    /// <summary>A clock on the wall that somebody sets, over one that nobody can.</summary>
    private sealed class JumpingWallClock : TimeProvider
    {
        private readonly ManualTimeProvider _time = new();

        public TimeSpan Jump { get; set; }

        public override long TimestampFrequency => _time.TimestampFrequency;

        public override long GetTimestamp() => _time.GetTimestamp();

        public override DateTimeOffset GetUtcNow() => _time.GetUtcNow() + Jump;

        public void Advance(TimeSpan by) => _time.Advance(by);
    }
}
