using Gateway.Scheduling;

namespace Load.Replay;

/// <summary>One request of a simulation: what it asks for and, as the run goes on, what becomes of it. Times in ticks of 100 ns.</summary>
internal sealed class SimulatedItem(int tier, long arrivesAt, long service)
{
    /// <summary>Index of its policy in the scheduler's options.</summary>
    public int Tier { get; } = tier;

    public long ArrivesAt { get; } = arrivesAt;

    /// <summary>Slot time of an attempt that nobody interrupts.</summary>
    public long Service { get; } = service;

    /// <summary>The part of <see cref="Service"/> that every attempt repeats even where interrupted work is kept: reading the prompt.</summary>
    public long Prefill { get; init; }

    /// <summary>Slot time that its present or next attempt needs; changed after an interruption by the run's rule.</summary>
    public long Needed { get; set; } = service;

    /// <summary>Start of its last attempt, which is the successful one once the item is done.</summary>
    public long StartedAt { get; set; }

    /// <summary>End of its last attempt; -1 until it is done.</summary>
    public long DoneAt { get; set; } = -1;

    /// <summary>Slot time of its interrupted attempts, until their slots were free, less the work that was kept.</summary>
    public long Wasted { get; set; }

    /// <summary>What the scheduler knows of it; null until it arrives.</summary>
    public WorkItem? Work { get; set; }

    public bool IsDone => DoneAt >= 0;

    /// <summary>From its arrival to the start of its last attempt.</summary>
    public long Wait => StartedAt - ArrivesAt;

    /// <summary>From its arrival to its end.</summary>
    public long Response => DoneAt - ArrivesAt;
}
