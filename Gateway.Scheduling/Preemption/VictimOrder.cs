namespace Gateway.Scheduling;

/// <summary>Which running attempt of the least urgent tier is interrupted first.</summary>
public enum VictimOrder
{
    /// <summary>The one started last (each past preemption counts as seniority): the least work is lost.</summary>
    Newest,

    /// <summary>The one started first. For comparison in replays.</summary>
    Oldest,

    /// <summary>Any, drawn from a fixed seed. For comparison in replays.</summary>
    Random,
}
