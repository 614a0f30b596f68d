namespace Gateway.Configuration;

/// <summary>One listening port with its tier. Key: <c>endpoints[]</c>. A null override means: as in <c>scheduling</c>.</summary>
internal sealed record EndpointOptions
{
    /// <summary>
    /// TCP port. Range 0..65535, 0 = the system picks a free one (for tests). Unique. Required. PORT sets it when no endpoints are configured.
    /// </summary>
    public required int Port { get; init; }

    /// <summary>Tier; a lower number is more urgent. Default 1, range 0..1000000. Ports of one priority share a lane.</summary>
    public int Priority { get; init; } = 1;

    /// <summary>May requests of this port interrupt running calls of strictly lower tiers. Default false.</summary>
    public bool Preemptive { get; init; }

    /// <summary>Name in logs and in the banner. Default null = the port. Letters, digits, <c>. _ -</c>, at most 64.</summary>
    public string? Name { get; init; }

    /// <summary>Overrides <c>scheduling.preempt_after</c>.</summary>
    public PreemptAfter? PreemptAfter { get; init; }

    /// <summary>Overrides <c>scheduling.max_preemptions</c>.</summary>
    public int? MaxPreemptions { get; init; }

    /// <summary>Overrides <c>scheduling.on_committed</c>.</summary>
    public OnCommittedMode? OnCommitted { get; init; }

    /// <summary>Overrides <c>scheduling.queue_timeout</c>.</summary>
    public TimeSpan? QueueTimeout { get; init; }

    /// <summary>Overrides <c>scheduling.max_queue_length</c>.</summary>
    public int? MaxQueueLength { get; init; }

    /// <summary>Overrides <c>scheduling.max_queue_bytes</c> (bytes).</summary>
    public long? MaxQueueBytes { get; init; }

    /// <summary>Overrides <c>scheduling.age_limit</c>.</summary>
    public TimeSpan? AgeLimit { get; init; }

    /// <summary>
    /// Send non-streaming calls upstream as streams and assemble the answer: of a later version, true is refused at the start. Default null = false.
    /// </summary>
    public bool? StreamUpstream { get; init; }
}
