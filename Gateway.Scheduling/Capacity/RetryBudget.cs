namespace Gateway.Scheduling;

/// <summary>
/// How many retries may follow: first attempts earn them, each retry costs one, and a few come back with time, so that a quiet
/// gateway can always retry. In whole numbers, so that the same steps give the same answers however the time between is cut.
/// </summary>
internal sealed class RetryBudget
{
    /// <summary>One retry. As many units as ticks in 10 s, so that each tick refills exactly one unit per retry of the floor.</summary>
    public const long Retry = 10 * TimeSpan.TicksPerSecond;

    /// <summary>Retries that may be saved up, unless the floor is higher: a long good time must not pay for a storm.</summary>
    public const int MostSaved = 100;

    private readonly int _floor;
    private readonly long _earning;
    private long _saved;
    private long _refilledAt;

    /// <summary>Makes a budget with <paramref name="floor"/> retries in it.</summary>
    /// <param name="share">Retries that a first attempt earns, 0 to 1.</param>
    /// <param name="floor">Retries that come back in each 10 s.</param>
    public RetryBudget(double share, int floor)
    {
        _floor = floor;
        _earning = (long)(share * Retry);
        _saved = floor * Retry;
    }

    /// <summary>A first attempt was granted.</summary>
    public void Earn(long now)
    {
        Refill(now);
        _saved = Math.Min(_saved + _earning, Math.Max(_floor, MostSaved) * Retry);
    }

    /// <summary>Pays for a retry, if there is one left.</summary>
    public bool TrySpend(long now)
    {
        if (Saved(now) < Retry)
        {
            return false;
        }

        _saved -= Retry;
        return true;
    }

    /// <summary>What is left, in units.</summary>
    public long Saved(long now)
    {
        Refill(now);
        return _saved;
    }

    private void Refill(long now)
    {
        long missing = (_floor * Retry) - _saved;
        if (missing > 0)
        {
            // No more than 10 s fill it, so longer times need not be multiplied.
            _saved += Math.Min(missing, _floor * Math.Min(now - _refilledAt, Retry));
        }

        _refilledAt = now;
    }
}
