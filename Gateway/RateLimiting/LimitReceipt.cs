namespace Gateway.RateLimiting;

/// <summary>What was taken, and where it was booked, so that what was not used can be given back to that very place.</summary>
/// <param name="Key">The window.</param>
/// <param name="Amount">What was taken.</param>
/// <param name="LocalSlot">Where in this process.</param>
/// <param name="SharedSlot">Where in Redis; -1 when it was not asked.</param>
internal readonly record struct LimitReceipt(LimitKey Key, long Amount, long LocalSlot, long SharedSlot = -1)
{
    /// <summary>Nothing was taken: there is nothing to settle.</summary>
    public bool IsNone => Amount == 0 && LocalSlot == 0 && SharedSlot == 0;
}
