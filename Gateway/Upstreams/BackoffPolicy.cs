using Gateway.Configuration;

namespace Gateway.Upstreams;

/// <summary>How long to wait before another try. Pure: the dice are thrown by the caller.</summary>
internal static class BackoffPolicy
{
    /// <summary>The most that is added to a time the upstream gave, so that those it sent away do not all come back at once.</summary>
    private static readonly TimeSpan MaxJitter = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Nothing is known about the upstream: exponential with full jitter, which spreads best. Venice asks for a wait that is never shorter
    /// than the exponential and a little more.
    /// </summary>
    /// <param name="retries">New attempts so far.</param>
    /// <param name="options">Its first and its longest wait.</param>
    /// <param name="provider">The dialect.</param>
    /// <param name="roll">0 to 1.</param>
    public static TimeSpan Blind(int retries, RetryOptions options, ProviderType provider, double roll)
    {
        double grown = options.BaseDelay.TotalSeconds * Math.Pow(2, Math.Min(retries, 30));
        double limit = options.MaxDelay.TotalSeconds;
        return TimeSpan.FromSeconds(provider == ProviderType.Venice
            ? Math.Min(limit, grown + roll)
            : Math.Min(limit, grown) * roll);
    }

    /// <summary>The upstream said when to come back: never earlier, and a little later.</summary>
    public static TimeSpan Given(TimeSpan time, double roll)
    {
        TimeSpan jitter = time / 10;
        return time + ((jitter < MaxJitter ? jitter : MaxJitter) * roll);
    }
}
