namespace Gateway.Caching;

/// <summary>Where answers are kept. Never fails: what cannot be done is a miss.</summary>
internal interface IAnswerStore
{
    ValueTask<CachedAnswer?> FindAsync(CacheKey key);

    /// <summary>Keeps an answer, in the place of an older one, for at most so long.</summary>
    ValueTask StoreAsync(CacheKey key, CachedAnswer answer, TimeSpan ttl);

    /// <summary>False when there was none.</summary>
    Task<bool> RemoveAsync(CacheKey key);

    /// <summary>How many were taken out; null when that cannot be done now, or not whole.</summary>
    /// <param name="model">Of which <see cref="CacheKey.Model"/>; null for all.</param>
    Task<long?> ClearAsync(uint? model);

    /// <summary>Answers kept at present.</summary>
    Task<long> CountAsync();
}
