namespace Gateway.Management.Dashboard.Feed;

/// <summary>One lane. Totals count since the start.</summary>
internal sealed record FrameTier
{
    public required int Priority { get; init; }

    public required IReadOnlyList<string> Names { get; init; }

    public required IReadOnlyList<int> Ports { get; init; }

    /// <summary>It may interrupt others.</summary>
    public required bool Preemptive { get; init; }

    public required bool Paused { get; init; }

    public required int Depth { get; init; }

    public required int Sleeping { get; init; }

    public required int Running { get; init; }

    public required long EstimateMs { get; init; }

    /// <summary>Time in the queue of its requests of the last minutes; null when there were none.</summary>
    public required WaitShares? Wait { get; init; }

    public required long Completed { get; init; }

    public required long Rejected { get; init; }

    public required long Preempted { get; init; }

    public required long Retried { get; init; }

    public required long WastedMs { get; init; }

    public required long WastedTokens { get; init; }
}
