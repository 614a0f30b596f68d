namespace UpstreamSimulator.Counting;

/// <summary>
/// Milliseconds in logarithmic buckets (5 % wide, from 10 µs up), so that a percentile costs the same after ten aborts and after ten
/// million. Not thread-safe: used under the lock of <see cref="SimulatorStats"/>.
/// </summary>
internal sealed class DelayHistogram
{
    private const double Smallest = 0.01;
    private const double Growth = 1.05;
    private readonly long[] _buckets = new long[400];
    private long _count;

    public void Add(double milliseconds)
    {
        int bucket = milliseconds <= Smallest ? 0 : (int)Math.Ceiling(Math.Log(milliseconds / Smallest) / Math.Log(Growth));
        _buckets[Math.Min(bucket, _buckets.Length - 1)]++;
        _count++;
    }

    /// <summary>The upper edge of the bucket that holds the percentile; 0 when nothing was added.</summary>
    public double Percentile(double fraction)
    {
        long rank = (long)Math.Ceiling(fraction * _count);
        if (rank == 0) return 0;
        for (int i = 0; i < _buckets.Length; i++)
        {
            rank -= _buckets[i];
            if (rank <= 0) return Math.Round(Smallest * Math.Pow(Growth, i), 3);
        }

        return 0;
    }

    public void Clear()
    {
        Array.Clear(_buckets);
        _count = 0;
    }
}
