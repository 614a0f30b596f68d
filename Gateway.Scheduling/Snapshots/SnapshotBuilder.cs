namespace Gateway.Scheduling;

/// <summary>Reads a core between two steps, on its single writer. O(n log g) in the items asked for, in g route groups.</summary>
internal sealed class SnapshotBuilder(SchedulerCore core, long now)
{
    public SchedulerSnapshot Build(int itemsPerTier) =>
        new([.. core.Lanes.Select(Tier)], Instances(), itemsPerTier > 0 ? Items(itemsPerTier) : [], core.IsDraining);

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
        Deferred = lane.Totals.Deferred,
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

    private List<ItemSnapshot> Items(int perTier)
    {
        var items = new List<ItemSnapshot>();
        int above = 0;
        foreach (Lane lane in core.Lanes)
        {
            int position = above;
            foreach (WorkItem item in Queued(lane).Take(perTier))
            {
                items.Add(Item(item, ++position));
            }

            above += lane.Count;
        }

        foreach (Lane lane in core.Lanes)
        {
            items.AddRange(Members(lane.Running).Take(perTier).Concat(Members(lane.Sleeping).Take(perTier)).Select(item => Item(item, position: 0)));
        }

        return items;
    }

    /// <summary>By arrival. Each group is in that order already, so its next item is the only one that can follow.</summary>
    private static IEnumerable<WorkItem> Queued(Lane lane)
    {
        var heads = new PriorityQueue<(RouteGroup Group, WorkItem Item), long>();
        foreach (RouteGroup group in lane.Groups)
        {
            if (group.Head is { } head)
            {
                heads.Enqueue((group, head), head.Sequence);
            }
        }

        while (heads.TryDequeue(out (RouteGroup Group, WorkItem Item) first, out _))
        {
            yield return first.Item;
            if (first.Group.Next(first.Item) is { } next)
            {
                heads.Enqueue((first.Group, next), next.Sequence);
            }
        }
    }

    private ItemSnapshot Item(WorkItem item, int position) => new(
        item.Sequence, item.Lane.Priority, item.State, TimeSpan.FromTicks(now - item.ArrivedAt),
        HoldsSlot(item) ? TimeSpan.FromTicks(now - item.StartedAt) : TimeSpan.Zero, position,
        position == 0 ? TimeSpan.Zero : EstimatedWait(position), item.Attempts, item.Preemptions, item.PreemptedBy, item.Retries,
        HoldsSlot(item) ? item.Instance : -1, item.IsCommitted, item.Tag);

    private static bool HoldsSlot(WorkItem item) => item.State is not (ItemState.Queued or ItemState.Sleeping);

    private TimeSpan EstimatedWait(int position) =>
        TimeSpan.FromTicks(core.Service.Wait(position, core.Capacity.LimitOf(core.Capacity.Known)));

    private static IEnumerable<WorkItem> Members(ItemList list)
    {
        for (WorkItem? item = list.Head; item is not null; item = list.Next(item))
        {
            yield return item;
        }
    }
}
