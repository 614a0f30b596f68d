namespace Gateway.Management.Statistics;

/// <summary>What a time series can tell.</summary>
internal enum UsageMetric
{
    /// <summary>Requests that ended; of an instance: upstream calls.</summary>
    Requests,

    /// <summary>Those of them that failed.</summary>
    Errors,

    /// <summary>In and out.</summary>
    Tokens,

    InputTokens,
    OutputTokens,

    /// <summary>Mean time of what was answered, from its arrival to the end of the answer, in milliseconds.</summary>
    Latency,

    /// <summary>Mean time that requests waited for slots, in milliseconds.</summary>
    QueueTime,

    /// <summary>Upstream calls that were interrupted.</summary>
    Preemptions,

    Retries,

    /// <summary>Slot time of calls whose work was thrown away.</summary>
    WastedSeconds,

    WastedTokens,
    CacheHits,
}
