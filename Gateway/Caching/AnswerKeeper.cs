using Gateway.Configuration;

namespace Gateway.Caching;

/// <summary>The end of a flight whose answer came whole: decides whether it is kept, and tells its members.</summary>
internal sealed class AnswerKeeper(OptionsSnapshot options, IAnswerStore store, FlightTable flights, CacheBudget budget, TimeProvider time)
{
    private const int FirstError = 400;

    /// <summary>
    /// An answer that is not kept leaves the table before its members hear of its end: whoever asks again must not get it. One that is kept stays
    /// until it is stored: whoever asks again must not make another call.
    /// </summary>
    public void Land(Flight flight, FlightHead head, CacheDecision decision)
    {
        CachedAnswer? answer = AnswerOf(flight, head, decision);
        if (answer is null)
        {
            flights.Remove(flight);
        }

        flight.Complete(FlightEnd.Landed, head);
        if (answer is null)
        {
            flight.Release();
            return;
        }

        // Not awaited: the leader's connection is free for its next request meanwhile.
        _ = KeepAsync(flight, answer, decision);
    }

    /// <summary>Forgets what is kept, and what is under way. How many were kept; null when that cannot be done now.</summary>
    /// <param name="model">Of which model; null for all.</param>
    public Task<long?> ClearAsync(string? model)
    {
        uint? meant = model is null ? null : CacheKey.ModelOf(model);
        flights.Disown(key => meant is null || key.Model == meant);
        return store.ClearAsync(meant);
    }

    /// <summary>False when there was none.</summary>
    public Task<bool> RemoveAsync(CacheKey key)
    {
        flights.Disown(under => under == key);
        return store.RemoveAsync(key);
    }

    private async Task KeepAsync(Flight flight, CachedAnswer answer, CacheDecision decision)
    {
        try
        {
            await store.StoreAsync(flight.Key, answer, decision.Ttl);
            if (flight.IsDisowned)
            {
                await store.RemoveAsync(flight.Key);
            }
        }
        finally
        {
            flights.Landed(flight);
            flight.Release();
        }
    }

    private CachedAnswer? AnswerOf(Flight flight, FlightHead head, CacheDecision decision)
    {
        if (flight.IsDisowned
            || flight.AnsweredBy is not { } upstream || decision.Scope?.Has(upstream) != true
            || !options.Current.Cache.CacheableStatus.Contains(head.Status)
            || AnswerHeaderRules.VariesBeyondKey(head.Header("Vary"))
            || flight.Body() is not { } body)
        {
            return null;
        }

        byte[]? plain = head.Header("Content-Encoding") is { Length: > 0 } encoding ? PlainBytes.Of(encoding, body, budget.Largest) : body;
        return plain is not null && AnswerCheck.IsWhole(decision.Kind, head.Status >= FirstError, head.Header("Content-Type"), plain)
            ? new CachedAnswer(head.Status, head.Shared, body, time.GetUtcNow())
            : null;
    }
}
