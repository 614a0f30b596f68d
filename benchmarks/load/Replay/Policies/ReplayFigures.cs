namespace Load.Replay;

/// <summary>What one policy did with the trace.</summary>
internal sealed record ReplayFigures
{
    /// <summary>Mean wait of urgent items, in seconds.</summary>
    public required double UrgentWaitMean { get; init; }

    /// <summary>99th percentile of the wait of urgent items, in seconds.</summary>
    public required double UrgentWaitP99 { get; init; }

    /// <summary>Low items done by the last arrival.</summary>
    public required double LowDone { get; init; }

    /// <summary>Attempts interrupted for more urgent work.</summary>
    public required double Preemptions { get; init; }

    /// <summary>The most of them that hit one item; null where it was not published.</summary>
    public double? MostPreemptions { get; init; }

    /// <summary>Share of all slot time that brought no result, in percent.</summary>
    public required double WastedPercent { get; init; }
}
