namespace UpstreamSimulator;

/// <summary>
/// The counters at one instant. Always: started = live + completed + refused + aborted + failed.
/// </summary>
public sealed record StatsSnapshot
{
    /// <summary>Calls being served now.</summary>
    public required int Live { get; init; }

    /// <summary>The most calls served at once since the last reset.</summary>
    public required int MaxLive { get; init; }

    /// <summary>Requests that arrived (the control routes are not counted).</summary>
    public required long Started { get; init; }

    /// <summary>Calls whose whole answer was produced.</summary>
    public required long Completed { get; init; }

    /// <summary>Calls answered with an error.</summary>
    public required long Refused { get; init; }

    /// <summary>Calls whose client closed the connection first.</summary>
    public required long Aborted { get; init; }

    /// <summary>Calls ended by a scripted fault.</summary>
    public required long Failed { get; init; }

    /// <summary>Calls whose client is gone and which are still live (<c>x-sim-ignore-abort-ms</c>).</summary>
    public required int Aborting { get; init; }

    /// <summary>Calls for which generation started: what a provider would bill.</summary>
    public required long BillableStarts { get; init; }

    /// <summary>Tokens generated.</summary>
    public required long TokensOut { get; init; }

    /// <summary>Median milliseconds between noticing an abort and the end of the call.</summary>
    public required double AbortDelayP50Ms { get; init; }

    /// <summary>99th percentile of the same.</summary>
    public required double AbortDelayP99Ms { get; init; }

    /// <summary>The same counters by model; models beyond the first 1,000 are counted as "other".</summary>
    public required IReadOnlyDictionary<string, ModelSnapshot> ByModel { get; init; }
}
