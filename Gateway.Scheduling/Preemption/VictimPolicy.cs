namespace Gateway.Scheduling;

/// <summary>Picks the attempt to interrupt for a waiter (invariant I6). Pure but for the seeded draw of <see cref="VictimOrder.Random"/>.</summary>
internal sealed class VictimPolicy(VictimOrder order, CapacityTable capacity)
{
    /// <summary>Any fixed number: the same events must give the same effects (I16).</summary>
    private ulong _draw = 0x9E3779B97F4A7C15;

    /// <summary>
    /// The least urgent tier strictly below the waiter's that has a victim on one of the instances; there the one that the order
    /// names. Null when interrupting nobody would let the waiter run.
    /// </summary>
    public WorkItem? Find(IReadOnlyList<Lane> lanes, int waiterRank, InstanceSet instances, long now)
    {
        for (int rank = lanes.Count - 1; rank > waiterRank; rank--)
        {
            WorkItem? victim = order switch
            {
                VictimOrder.Newest => FirstFrom(lanes[rank].Victims, instances, now, newestFirst: true),
                VictimOrder.Oldest => FirstFrom(lanes[rank].Victims, instances, now, newestFirst: false),
                _ => Drawn(lanes[rank].Victims, instances, now),
            };
            if (victim is not null)
            {
                return victim;
            }
        }

        return null;
    }

    private WorkItem? FirstFrom(ItemList victims, InstanceSet instances, long now, bool newestFirst)
    {
        WorkItem? item = newestFirst ? victims.Tail : victims.Head;
        while (item is not null && !Suffices(item, instances, now))
        {
            item = newestFirst ? victims.Previous(item) : victims.Next(item);
        }

        return item;
    }

    private WorkItem? Drawn(ItemList victims, InstanceSet instances, long now)
    {
        WorkItem? drawn = null;
        uint seen = 0;
        for (WorkItem? item = victims.Head; item is not null; item = victims.Next(item))
        {
            if (Suffices(item, instances, now) && NextDraw() % ++seen == 0)
            {
                drawn = item;
            }
        }

        return drawn;
    }

    /// <summary>Its instance serves the waiter, would have a usable slot afterwards, and the victim has not aged into immunity.</summary>
    private bool Suffices(WorkItem victim, InstanceSet instances, long now) =>
        instances.Contains(victim.Instance)
        && capacity[victim.Instance].FreeSoon >= 0
        && !Starvation.IsStarved(victim, now);

    private ulong NextDraw()
    {
        _draw ^= _draw << 13;
        _draw ^= _draw >> 7;
        _draw ^= _draw << 17;
        return _draw;
    }
}
