using System.Collections.Concurrent;
using Gateway.Requests;
using Gateway.Tests.Support;
using Xunit;

namespace Gateway.Tests.Requests;

[Trait("row", "H5")]
public class SegmentPoolTests
{
    private const int BurstSegments = (64 << 20) / SegmentPool.LargeSegment;

    private readonly ManualTimeProvider _time = new();

    [Theory]
    [InlineData(true, SegmentPool.LargeSegment)]
    [InlineData(false, SegmentPool.SmallSegment)]
    public void TryRent_UpToTheBudget_ThenNothing(bool isLarge, int size)
    {
        using var pool = new SegmentPool(_time);

        Assert.Equal(size, pool.TryRent(isLarge, size)!.Length);
        Assert.Null(pool.TryRent(isLarge, (2 * size) - 1));
        Assert.Equal(size, pool.Held);
    }

    [Fact]
    public async Task TryRent_FromManyThreads_NeverPassesTheBudget()
    {
        const long Budget = 100 * SegmentPool.LargeSegment;
        using var pool = new SegmentPool(_time);
        var rented = new ConcurrentBag<byte[]>();
        await Parallel.ForAsync(0, 2000, TestContext.Current.CancellationToken, (i, _) =>
        {
            if (pool.TryRent(isLarge: i % 3 > 0, Budget) is { } segment)
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
        byte[][] burst = [.. Enumerable.Range(0, BurstSegments).Select(_ => pool.TryRent(isLarge: true, long.MaxValue)!)];
        Assert.Equal(0, _time.ArmedTimers);

        Assert.All(burst, pool.Return);
        Assert.Equal((1, 0L), (_time.ArmedTimers, pool.Held));
        _time.Advance(TimeSpan.FromMinutes(1));
        pool.Return(pool.TryRent(isLarge: true, long.MaxValue)!);

        Assert.Equal(0, _time.ArmedTimers);
    }

    [Fact]
    public void Return_WithoutABurst_NeedsNoCleaning()
    {
        using var pool = new SegmentPool(_time);

        pool.Return(pool.TryRent(isLarge: true, long.MaxValue)!);

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
        Assert.InRange(Rent().Intersect(burst).Count(), 1, (8 << 20) / SegmentPool.LargeSegment);

        byte[][] Rent() => [.. Enumerable.Range(0, BurstSegments).Select(_ => pool.TryRent(isLarge: true, long.MaxValue)!)];
    }
}
