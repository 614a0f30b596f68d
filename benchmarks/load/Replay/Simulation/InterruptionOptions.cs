namespace Load.Replay;

/// <summary>What an interruption costs in a simulation.</summary>
internal sealed record InterruptionOptions
{
    /// <summary>From the revoke until the slot is free: the upstream call has to be seen to end first.</summary>
    public TimeSpan RevokeToFree { get; init; }

    /// <summary>
    /// How much of an interrupted attempt's work the next one need not do again, given the item and how long the attempt worked. The
    /// default is what HTTP does: the same request is sent again and takes as long as before.
    /// </summary>
    public Func<SimulatedItem, long, long> KeptWork { get; init; } = Restart;

    /// <summary>
    /// Draws a new service time after an interruption. For negative controls only: it looks too good, because it is the long requests
    /// that are interrupted, and a new draw makes them short. Default none: a request keeps its service time.
    /// </summary>
    public Func<long>? Redraw { get; init; }

    /// <summary>All work is lost.</summary>
    public static long Restart(SimulatedItem item, long worked) => 0;

    /// <summary>No work is lost. No upstream can do it; for comparison with closed forms.</summary>
    public static long Resume(SimulatedItem item, long worked) => worked;

    /// <summary>The output is kept, the prompt is read again: the arithmetic of mid-stream continuation.</summary>
    public static long Continue(SimulatedItem item, long worked) => Math.Max(0, worked - item.Prefill);
}
