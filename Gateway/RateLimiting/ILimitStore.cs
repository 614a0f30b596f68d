namespace Gateway.RateLimiting;

/// <summary>
/// Windows that slide: what is taken comes back one window after it was taken, so that no stretch of that length, wherever it begins, holds
/// more than the limit.
/// </summary>
internal interface ILimitStore
{
    /// <summary>Takes both demands, or neither. The answer is null when the store cannot be asked.</summary>
    ValueTask<LimitAnswer?> TakeAsync(LimitDemand first, LimitDemand second = default);

    /// <summary>Corrects what was taken to what was used: less goes back where it came from, more is booked now, over the limit if need be.</summary>
    ValueTask SettleAsync(LimitReceipt receipt, long actual);
}
