using Gateway.Scheduling;
using Xunit;

namespace Gateway.Tests.Dispatching;

/// <summary>Whatever attempts took, an estimate is a time that a header can carry.</summary>
public sealed class ServiceTimeEstimatorTests
{
    [Theory]
    [InlineData(new long[0])]
    [InlineData(new long[] { 0 })]
    [InlineData(new long[] { 10, 0, 0, 0 })]
    [InlineData(new long[] { 1, TimeSpan.TicksPerDay, 0 })]
    [InlineData(new[] { long.MaxValue / 4, 0L, long.MaxValue / 4 })]
    public void Estimates_OfAnyServiceTimes_AreFiniteAndNotNegative(long[] served)
    {
        var estimator = new ServiceTimeEstimator();
        foreach (long ticks in served)
        {
            estimator.Add(ticks);
        }

        Assert.True(estimator.Mean >= 0);
        foreach (int slots in (int[])[-1, 0, 1, 64, int.MaxValue])
        {
            Assert.InRange(estimator.ReleaseGap(slots), 0, estimator.Mean);
            foreach (int position in (int[])[0, 1, 1000, int.MaxValue])
            {
                Assert.InRange(estimator.Wait(position, slots), 0, TimeSpan.TicksPerHour);
            }
        }
    }

    [Fact]
    public void Wait_AttemptsThatFailAtOnce_BringTheEstimateDownButNeverBelowZero()
    {
        var estimator = new ServiceTimeEstimator();
        estimator.Add(TimeSpan.TicksPerSecond);
        long before = estimator.Wait(1, 1);
        for (int i = 0; i < 10_000; i++)
        {
            estimator.Add(10);
        }

        Assert.Equal(TimeSpan.TicksPerSecond, before);
        Assert.InRange(estimator.Wait(1, 1), 0, 11);
    }
}
