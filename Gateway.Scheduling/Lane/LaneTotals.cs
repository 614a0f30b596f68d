namespace Gateway.Scheduling;

/// <summary>What a lane has counted since the start. Times in ticks of 100 ns.</summary>
internal sealed class LaneTotals
{
    public long Submitted { get; set; }

    public long Granted { get; set; }

    public long Rejected { get; set; }

    public long Evicted { get; set; }

    public long Completed { get; set; }

    public long Preempted { get; set; }

    public long Retried { get; set; }

    public long Deferred { get; set; }

    /// <summary>Slot time of attempts whose work was thrown away: preempted, or tried again.</summary>
    public long WastedTicks { get; set; }

    /// <summary>Tokens of those attempts: the estimated input plus what was reported of the output.</summary>
    public long WastedTokens { get; set; }
}
