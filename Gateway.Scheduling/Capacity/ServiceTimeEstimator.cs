namespace Gateway.Scheduling;

/// <summary>
/// A moving average of how long attempts hold their slot, and what follows from it: the mean gap between two releases, and so how
/// long a queue takes. All times in ticks of 100 ns.
/// </summary>
internal sealed class ServiceTimeEstimator
{
    /// <summary>Weight of the newest value: about the last 20 attempts count.</summary>
    private const double Weight = 0.1;

    private double _mean;
    private bool _any;

    /// <summary>Mean slot time; 0 before the first.</summary>
    public long Mean => (long)_mean;

    public void Add(long ticks)
    {
        _mean = _any ? _mean + (Weight * (ticks - _mean)) : ticks;
        _any = true;
    }

    /// <summary>Mean gap between two releases when <paramref name="slots"/> are busy.</summary>
    public long ReleaseGap(int slots) => slots <= 0 ? Mean : (long)(_mean / slots);

    /// <summary>Time until the item at this position (from 1) starts.</summary>
    public long Wait(int position, int slots) => (long)Math.Min(position * (_mean / Math.Max(1, slots)), TimeSpan.TicksPerHour);
}
