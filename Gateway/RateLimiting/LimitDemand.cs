namespace Gateway.RateLimiting;

/// <summary>An amount to be taken from a window.</summary>
/// <param name="Key">The window.</param>
/// <param name="Limit">What this demand may fill it up to; a share of a window is a smaller limit on the same key. 0 stands for no demand.</param>
/// <param name="Amount">At least 0.</param>
internal readonly record struct LimitDemand(LimitKey Key, long Limit, long Amount)
{
    public bool IsNone => Limit == 0;
}
