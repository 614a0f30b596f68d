using System.Collections.Concurrent;
using Gateway.Requests;
using Gateway.Tests.Support;
using Xunit;

namespace Gateway.Tests.Requests;

[Trait("row", "H5")]
public class SegmentPoolTests
{
    private const int BurstSegments = (64 << 20) / SegmentPool.Largest;

    private readonly ManualTimeProvider _time = new();

    [Theory]
    [InlineData(1, SegmentPool.Smallest)]
    [InlineData(512, 512)]
    [InlineData(513, 1024)]
    [InlineData(4096, 4096)]
    [InlineData(5000, 8192)]
    [InlineData(65_536, SegmentPool.Largest)]
    [InlineData(30_000_000_000, SegmentPool.Largest)]
    public void TryRent_UpToTheBudget_ThenNothing(long expected, int size)
    {
        using var pool = new SegmentPool(_time);

        Assert.Equal(size, pool.TryRent(expected, size)!.Length);
        Assert.Null(pool.TryRent(expected, (2 * size) - 1));
        Assert.Equal(size, pool.Held);
    }

    [Theory]
    [InlineData(300)]
    [InlineData(3000)]
    [InlineData(30_000)]
    public void Return_ThenRentAgain_IsTheSameMemory(int bytes)
    {
        using var pool = new SegmentPool(_time);
        byte[] first = pool.TryRent(bytes, long.MaxValue)!;
        pool.Return(first);

        Assert.Same(first, pool.TryRent(bytes, long.MaxValue));
        Assert.Equal(first.Length, pool.Held);
    }

    [Fact]
    public async Task TryRent_FromManyThreads_NeverPassesTheBudget()
    {
        const long Budget = 100 * SegmentPool.Largest;
        using var pool = new SegmentPool(_time);
        var rented = new ConcurrentBag<byte[]>();
        await Parallel.ForAsync(0, 2000, TestContext.Current.CancellationToken, (i, _) =>
        {
            if (pool.TryRent(SegmentPool.Largest >> (i % 8), Budget) is { } segment)
            {
                rented.Add(segment);
            }

            if (i % 5 == 0 && rented.TryTake(out byte[]? done))
            {
                pool.Return(done);
            }

            Assert.True(rented.Sum(static segment => (long)segment.Length) <= Budget);
            return ValueTask.CompletedTask;
        });

        Assert.Equal(rented.Sum(static segment => (long)segment.Length), pool.Held);
        Assert.Equal(rented.Count, rented.Distinct().Count());
        Assert.All(rented, pool.Return);
        Assert.Equal(0, pool.Held);
    }

    [Fact]
    public void Return_AfterABurst_WaitsForCalmOnce()
    {
        using var pool = new SegmentPool(_time);
        byte[][] burst = [.. Enumerable.Range(0, BurstSegments).Select(_ => pool.TryRent(SegmentPool.Largest, long.MaxValue)!)];
        Assert.Equal(0, _time.ArmedTimers);

        Assert.All(burst, pool.Return);
        Assert.Equal((1, 0L), (_time.ArmedTimers, pool.Held));
        _time.Advance(TimeSpan.FromMinutes(1));
        pool.Return(pool.TryRent(SegmentPool.Largest, long.MaxValue)!);

        Assert.Equal(0, _time.ArmedTimers);
    }

    [Fact]
    public void Return_WithoutABurst_NeedsNoCleaning()
    {
        using var pool = new SegmentPool(_time);

        pool.Return(pool.TryRent(SegmentPool.Largest, long.MaxValue)!);

        Assert.Equal(0, _time.ArmedTimers);
    }

    /// <summary>Else the garbage of the bodies that are done would stand beside those that are not.</summary>
    [Fact]
    [Trait("row", "H5")]
    public void Return_DuringABurst_ServesTheNext_UntilItIsOver()
    {
        using var pool = new SegmentPool(_time);
        byte[][] burst = Rent();
        Assert.All(burst, pool.Return);
        byte[][] next = Rent();
        Assert.Equal(BurstSegments, next.Intersect(burst).Count());

        Assert.All(next, pool.Return);
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.InRange(Rent().Intersect(burst).Count(), 1, (8 << 20) / SegmentPool.Largest);

        byte[][] Rent() => [.. Enumerable.Range(0, BurstSegments).Select(_ => pool.TryRent(SegmentPool.Largest, long.MaxValue)!)];
    }

    /// <summary>Else a burst of bodies of one size would stand beside what one of another size has left.</summary>
    [Fact]
    public void TryRent_ABurstOfAnotherSize_LetsGoOfWhatWasKept()
    {
        using var pool = new SegmentPool(_time);
        byte[][] burst = [.. Enumerable.Range(0, BurstSegments).Select(_ => pool.TryRent(SegmentPool.Largest, long.MaxValue)!)];
        Assert.All(burst, pool.Return);

        byte[][] halves = [.. Enumerable.Range(0, 2 * BurstSegments).Select(_ => pool.TryRent(SegmentPool.Largest / 2, long.MaxValue)!)];
        byte[][] next = [.. Enumerable.Range(0, BurstSegments).Select(_ => pool.TryRent(SegmentPool.Largest, long.MaxValue)!)];

        Assert.InRange(next.Intersect(burst).Count(), 1, (8 << 20) / SegmentPool.Largest);
        Assert.Equal(2 * BurstSegments, halves.Length);
    }
}
