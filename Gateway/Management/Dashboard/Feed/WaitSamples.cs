namespace Gateway.Management.Dashboard.Feed;

/// <summary>How long the last requests of a tier waited. Written from any thread.</summary>
internal sealed class WaitSamples(TimeProvider time)
{
    private const int Capacity = 200;

    /// <summary>Older ones say nothing about now.</summary>
    private static readonly TimeSpan Age = TimeSpan.FromMinutes(5);

    private readonly Lock _lock = new();
    private readonly (long At, long Milliseconds)[] _samples = new (long, long)[Capacity];
    private long _count;

    public void Add(TimeSpan waited)
    {
        lock (_lock)
        {
            _samples[_count++ % Capacity] = (time.GetTimestamp(), (long)waited.TotalMilliseconds);
        }
    }

    public WaitShares? Shares()
    {
        long[] recent;
        lock (_lock)
        {
            recent = [.. _samples.Take((int)Math.Min(_count, Capacity)).Where(sample => time.GetElapsedTime(sample.At) < Age).Select(static sample => sample.Milliseconds)];
        }

        if (recent.Length == 0)
        {
            return null;
        }

        Array.Sort(recent);
        return new WaitShares(recent[(recent.Length - 1) / 2], recent[(recent.Length - 1) * 19 / 20]);
    }
}
