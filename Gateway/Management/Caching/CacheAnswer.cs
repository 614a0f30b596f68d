namespace Gateway.Management.Caching;

/// <summary>What was taken out of the cache.</summary>
internal sealed record CacheAnswer(string Message);
