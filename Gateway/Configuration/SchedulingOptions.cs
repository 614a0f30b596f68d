namespace Gateway.Configuration;

/// <summary>Queues, slots and preemption. Key: <c>scheduling</c>; endpoints may override most of it.</summary>
internal sealed record SchedulingOptions
{
    /// <summary>Slots of an instance that sets none. Default 8, range 1..100000.</summary>
    public int MaxConcurrency { get; init; } = 8;

    /// <summary>Patience before a preemption: a duration or <c>auto</c>. Default 0 = at once, range 0..1h.</summary>
    public PreemptAfter PreemptAfter { get; init; } = PreemptAfter.Fixed(TimeSpan.Zero);

    /// <summary>How often one request may be preempted; then it is immune. Default 5, range 0..1000.</summary>
    public int MaxPreemptions { get; init; } = 5;

    /// <summary>What happens to an attempt with content at the caller; this version takes <c>protect</c> only. Default <c>protect</c>.</summary>
    public OnCommittedMode OnCommitted { get; init; }

    /// <summary>Waiting requests per tier. Default 1000, range 1..1000000.</summary>
    public int MaxQueueLength { get; init; } = 1000;

    /// <summary>Bytes of waiting bodies per tier. Default 256 MiB, range 1KiB..1TiB.</summary>
    public long MaxQueueBytes { get; init; } = 256L << 20;

    /// <summary>Longest wait in a queue. Default 10 min, range 1ms..24h.</summary>
    public TimeSpan QueueTimeout { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Pause before a slot freed by a preemption is used again. Default 0 (50 ms suits self-hosted upstreams), range 0..1m.</summary>
    public TimeSpan ReleaseDelay { get; init; }

    /// <summary>Wait for a cancelled call to end before its slot counts as leaked. Default 10 s, range 100ms..10m.</summary>
    public TimeSpan CancelConfirmTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Age from which a waiting request is served as starved. Default null = never, range 1s..24h.</summary>
    public TimeSpan? AgeLimit { get; init; }

    /// <summary>
    /// Part of an instance's <c>max_tpm</c> that each tier leaves to the more urgent ones, for each of them: the third tier may fill it up to
    /// 80 %. A tier is never left with less than 10 %. Default 0.1, range 0..0.5.
    /// </summary>
    public double WindowReserve { get; init; } = 0.1;

    /// <summary>These options with the overrides of one endpoint.</summary>
    public SchedulingOptions For(EndpointOptions endpoint) => this with
    {
        PreemptAfter = endpoint.PreemptAfter ?? PreemptAfter,
        MaxPreemptions = endpoint.MaxPreemptions ?? MaxPreemptions,
        OnCommitted = endpoint.OnCommitted ?? OnCommitted,
        MaxQueueLength = endpoint.MaxQueueLength ?? MaxQueueLength,
        MaxQueueBytes = endpoint.MaxQueueBytes ?? MaxQueueBytes,
        QueueTimeout = endpoint.QueueTimeout ?? QueueTimeout,
        AgeLimit = endpoint.AgeLimit ?? AgeLimit,
    };
}
