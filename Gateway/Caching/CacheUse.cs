namespace Gateway.Caching;

/// <summary>What a request may do with the cache.</summary>
internal enum CacheUse
{
    /// <summary>Neither read nor store.</summary>
    None,

    /// <summary>The caller wants a fresh answer; it may be stored for others.</summary>
    Refresh,

    Full,
}
