namespace Gateway.Scheduling;

/// <summary>
/// What may follow a failed attempt. Other instances are tried at once (a failover) while <see cref="WorkItem.Retries"/> is below
/// <see cref="MaxFailovers"/>; the instances that failed again only after <see cref="After"/>, and only while it is below
/// <see cref="MaxRetries"/>. The default allows neither.
/// </summary>
public readonly record struct RetryAdvice
{
    /// <summary>How long the instance that failed is left alone by this item.</summary>
    public TimeSpan After { get; init; }

    /// <summary>New attempts after which no instance that failed is tried again.</summary>
    public int MaxRetries { get; init; }

    /// <summary>New attempts after which no other instance is tried at once.</summary>
    public int MaxFailovers { get; init; }

    /// <summary>The upstream never had the request, so a failover loads nobody twice and is free of the retry budget.</summary>
    public bool Unreached { get; init; }
}
