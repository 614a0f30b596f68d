namespace Gateway.Scheduling;

/// <summary>One lane between two steps; totals count since the start.</summary>
public sealed record TierSnapshot
{
    /// <summary>The configured priority; lower is more urgent.</summary>
    public required int Priority { get; init; }

    /// <summary>It takes items and is granted no slots.</summary>
    public required bool Paused { get; init; }

    /// <summary>Items that wait for a slot.</summary>
    public required int Depth { get; init; }

    /// <summary>Body bytes of those.</summary>
    public required long QueuedBytes { get; init; }

    /// <summary>Items that sleep until their retry is due.</summary>
    public required int Sleeping { get; init; }

    /// <summary>Items that hold a slot.</summary>
    public required int Running { get; init; }

    /// <summary>Age, since its arrival, of the oldest waiting item; zero when none waits.</summary>
    public required TimeSpan OldestAge { get; init; }

    /// <summary>How long an item that arrived now would wait, estimated from recent attempts.</summary>
    public required TimeSpan EstimatedWait { get; init; }

    /// <summary>Items handed over.</summary>
    public required long Submitted { get; init; }

    /// <summary>Attempts started.</summary>
    public required long Granted { get; init; }

    /// <summary>Items refused before they waited.</summary>
    public required long Rejected { get; init; }

    /// <summary>Items ended unserved after they waited.</summary>
    public required long Evicted { get; init; }

    /// <summary>Items whose attempt was final.</summary>
    public required long Completed { get; init; }

    /// <summary>Attempts interrupted for more urgent work.</summary>
    public required long Preempted { get; init; }

    /// <summary>Attempts that failed and were tried again.</summary>
    public required long Retried { get; init; }

    /// <summary>Attempts that were not made because the instance's window refused them; among the granted.</summary>
    public required long Deferred { get; init; }

    /// <summary>Slot time of discarded attempts.</summary>
    public required TimeSpan WastedSlotTime { get; init; }

    /// <summary>Prompt tokens of discarded attempts that reached somebody, estimated.</summary>
    public required long WastedTokens { get; init; }
}
