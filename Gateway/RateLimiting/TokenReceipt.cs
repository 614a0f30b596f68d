namespace Gateway.RateLimiting;

/// <summary>The tokens that one request has taken, until it is known what it has cost.</summary>
internal sealed class TokenReceipt(LimitStore store, LimitReceipt taken)
{
    private LimitReceipt _taken = taken;

    /// <summary>Corrects what was taken. What a session costs counts in the minute in which it is spent, not all in the one in which the session ends.</summary>
    /// <param name="spent">Tokens so far.</param>
    public ValueTask SettleAsync(long spent)
    {
        LimitReceipt before = _taken;
        _taken = before with { Amount = spent };
        return store.SettleAsync(before, spent);
    }
}
