namespace Gateway.Management.Dashboard.Feed;

/// <summary>Something an operator wants to have seen. What does not apply is null.</summary>
internal sealed record LiveEvent
{
    /// <summary>By order, from 1.</summary>
    public long Id { get; init; }

    /// <summary>Unix milliseconds.</summary>
    public long At { get; init; }

    public required LiveEventKind Kind { get; init; }

    public int? Tier { get; init; }

    /// <summary>Priority of the tier it was interrupted for.</summary>
    public int? By { get; init; }

    /// <summary>Number of the request by arrival.</summary>
    public long? Item { get; init; }

    /// <summary>How many of them, where they cannot be told one by one.</summary>
    public long? Count { get; init; }

    public string? RequestId { get; init; }

    public string? Instance { get; init; }

    public string? Reason { get; init; }

    public int? Status { get; init; }

    public string? Endpoint { get; init; }

    public string? Model { get; init; }

    public string? Caller { get; init; }
}
