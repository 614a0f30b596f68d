namespace Gateway.Scheduling;

/// <summary>What the scheduler looks like between two steps.</summary>
/// <param name="Tiers">One per lane, most urgent first.</param>
/// <param name="Instances">One per instance that has or had slots, by index.</param>
/// <param name="Items">The live items asked for: queued ones in the order they will be served, then the rest.</param>
/// <param name="Draining">Nothing new is taken.</param>
public sealed record SchedulerSnapshot(
    IReadOnlyList<TierSnapshot> Tiers, IReadOnlyList<InstanceSnapshot> Instances, IReadOnlyList<ItemSnapshot> Items, bool Draining);
