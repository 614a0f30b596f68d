namespace Gateway.Scheduling;

/// <summary>Reads a core between two steps, on its single writer. O(n log n) in the waiting items when items are asked for.</summary>
internal sealed class SnapshotBuilder(SchedulerCore core, long now)
{
    public SchedulerSnapshot Build(bool withItems) =>
        new([.. core.Lanes.Select(Tier)], Instances(), withItems ? Items() : [], core.IsDraining);

    private TierSnapshot Tier(Lane lane) => new()
    {
        Priority = lane.Priority,
        Paused = lane.IsPaused,
        Depth = lane.Count,
        QueuedBytes = lane.Bytes,
        Sleeping = lane.Sleeping.Count,
        Running = lane.Running.Count,
        OldestAge = TimeSpan.FromTicks(lane.Groups.Select(group => group.Head is { } head ? now - head.ArrivedAt : 0L).DefaultIfEmpty().Max()),
        EstimatedWait = EstimatedWait(core.Lanes.Take(lane.Rank + 1).Sum(static above => above.Count) + 1),
        Submitted = lane.Totals.Submitted,
        Granted = lane.Totals.Granted,
        Rejected = lane.Totals.Rejected,
        Evicted = lane.Totals.Evicted,
        Completed = lane.Totals.Completed,
        Preempted = lane.Totals.Preempted,
        Retried = lane.Totals.Retried,
        WastedSlotTime = TimeSpan.FromTicks(lane.Totals.WastedTicks),
        WastedTokens = lane.Totals.WastedTokens,
    };

    private List<InstanceSnapshot> Instances()
    {
        var instances = new List<InstanceSnapshot>();
        ulong bits = core.Capacity.Known.Bits;
        while (bits != 0)
        {
            int index = InstanceSet.TakeLowest(ref bits);
            InstanceCapacity capacity = core.Capacity[index];
            instances.Add(new InstanceSnapshot(
                index, capacity.Limit, capacity.Running, capacity.Ending, capacity.Cooling, capacity.Leaked, capacity.IsOpen(now)));
        }

        return instances;
    }

    private List<ItemSnapshot> Items()
    {
        var items = new List<ItemSnapshot>();
        foreach (Lane lane in core.Lanes)
        {
            foreach (WorkItem item in lane.Groups.SelectMany(Waiting).OrderBy(static item => item.Sequence))
            {
                items.Add(Item(item, position: items.Count + 1));
            }
        }

        foreach (Lane lane in core.Lanes)
        {
            items.AddRange(Members(lane.Running).Concat(Members(lane.Sleeping)).Select(item => Item(item, position: 0)));
        }

        return items;
    }

    private ItemSnapshot Item(WorkItem item, int position) => new(
        item.Sequence, item.Lane.Priority, item.State, TimeSpan.FromTicks(now - item.ArrivedAt), position,
        position == 0 ? TimeSpan.Zero : EstimatedWait(position), item.Attempts, item.Preemptions,
        item.State is ItemState.Queued or ItemState.Sleeping ? -1 : item.Instance, item.IsCommitted, item.Tag);

    private TimeSpan EstimatedWait(int position) =>
        TimeSpan.FromTicks(core.Service.Wait(position, core.Capacity.LimitOf(core.Capacity.Known)));

    private static IEnumerable<WorkItem> Waiting(RouteGroup group)
    {
        for (WorkItem? item = group.Head; item is not null; item = group.Next(item))
        {
            yield return item;
        }
    }

    private static IEnumerable<WorkItem> Members(ItemList list)
    {
        for (WorkItem? item = list.Head; item is not null; item = list.Next(item))
        {
            yield return item;
        }
    }
}
