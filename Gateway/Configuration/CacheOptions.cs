namespace Gateway.Configuration;

/// <summary>Answer cache. Key: <c>cache</c>.</summary>
internal sealed record CacheOptions
{
    /// <summary>Is anything cached. Default true.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>What is cached. Default <c>deterministic</c>.</summary>
    public CachePolicy Policy { get; init; }

    /// <summary>How long an answer is kept. Default 5 min, range 1s..30d. CACHE_TTL.</summary>
    public TimeSpan Ttl { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long a model list is kept. Default 5 min, range 1s..30d.</summary>
    public TimeSpan ModelsTtl { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Memory for answers in MiB. Default 100, range 1..1048576. MAX_CACHE_SIZE.</summary>
    public int MaxSizeMb { get; init; } = 100;

    /// <summary>Statuses that may be stored. Default 200 and 201; 400 and 401 may be added.</summary>
    public IReadOnlyList<int> CacheableStatus { get; init; } = [200, 201];
}
