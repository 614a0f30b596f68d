namespace Gateway.Caching;

/// <summary>What a request may do with the cache.</summary>
/// <param name="Use">Read, store, or neither.</param>
/// <param name="Kind">What its answer must look like to be stored.</param>
/// <param name="Ttl">How old an answer may be.</param>
internal readonly record struct CacheDecision(CacheUse Use, AnswerKind Kind, TimeSpan Ttl)
{
    /// <summary>Whose answers may be stored: the upstreams that are part of the key.</summary>
    public UpstreamScope? Scope { get; init; }
}
