namespace Gateway.Recording.Usage;

/// <summary>What is summed up. The numbers are written to the state file and to Redis: new ones go to the end.</summary>
internal enum UsageField
{
    /// <summary>Requests of the API that ended; of an instance: upstream calls.</summary>
    Requests,

    /// <summary>Those that were answered with 400 or above, or cut off; of an instance: calls that failed.</summary>
    Errors,

    InputTokens,
    OutputTokens,

    /// <summary>Requests whose answer was the upstream's, or the cache's; of an instance: calls that were answered.</summary>
    Answered,

    /// <summary>Time that those took together, in microseconds.</summary>
    AnsweredMicroseconds,

    /// <summary>Requests that came as far as the scheduler.</summary>
    Scheduled,

    /// <summary>Time that those waited for slots together, in microseconds.</summary>
    QueuedMicroseconds,

    /// <summary>Upstream calls that were interrupted for more urgent work.</summary>
    Preemptions,

    /// <summary>Attempts after upstream failures.</summary>
    Retries,

    /// <summary>Slot time of discarded attempts, in microseconds.</summary>
    WastedMicroseconds,

    /// <summary>Prompt tokens of discarded attempts that reached somebody, estimated.</summary>
    WastedTokens,

    /// <summary>Requests that cost no upstream call, because the cache or another request under way had the answer.</summary>
    CacheHits,
}
