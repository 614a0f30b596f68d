namespace Gateway.Scheduling;

/// <summary>Why an item was rejected (before the queue) or evicted (out of the queue, unserved).</summary>
public enum EndReason
{
    /// <summary>It was neither.</summary>
    None,

    /// <summary>Rejected: as many items wait in the lane as may.</summary>
    QueueFull,

    /// <summary>Rejected: as many body bytes wait in the lane as may.</summary>
    QueueBytesFull,

    /// <summary>Rejected or evicted: every instance that can serve it is out of service.</summary>
    NoInstance,

    /// <summary>Rejected, or evicted at the end of a drain: the scheduler stops.</summary>
    Draining,

    /// <summary>Evicted: it waited as long as its tier allows.</summary>
    Expired,

    /// <summary>Evicted, or rejected on arrival: the caller's own deadline passed.</summary>
    DeadlineExceeded,

    /// <summary>Evicted: the caller went away while it waited.</summary>
    CallerGone,

    /// <summary>Evicted: its attempt failed and the retry budget has nothing left for another.</summary>
    RetryBudgetSpent,

    /// <summary>Evicted: its attempt failed, and it was tried again as often as the attempt's advice allows.</summary>
    RetriesSpent,

    /// <summary>Evicted: an operator took it out.</summary>
    Removed,

    /// <summary>Rejected or evicted: the scheduler met a fault and closed.</summary>
    Faulted,
}
