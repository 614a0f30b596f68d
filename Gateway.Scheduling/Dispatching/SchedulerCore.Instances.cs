namespace Gateway.Scheduling;

/// <content>Instances that come and go.</content>
public sealed partial class SchedulerCore
{
    private void OnLimitChanged(int instance, int limit)
    {
        InstanceSet alive = _capacity.Alive;
        _capacity[instance].Limit = limit;
        _capacity.Refresh(instance, _now);
        EvictDead(alive);
    }

    private void OnGateChanged(int instance, GateKind gate, long closedUntil)
    {
        InstanceSet alive = _capacity.Alive;
        _capacity[instance].Close(gate, closedUntil);
        _capacity.Refresh(instance, _now);
        _capacity.RefreshGates(_now);
        EvictDead(alive);
    }

    /// <summary>
    /// Waiting items keep their places. What runs goes on where it is, and is bound to its new instances when it comes back. All in one step: one after
    /// the other, the first to be told would get the slots of the first to have come.
    /// </summary>
    private void OnRerouted(IReadOnlyList<ItemRoute> routes)
    {
        foreach ((WorkItem item, InstanceSet instances) in routes)
        {
            if (item.State is ItemState.New or ItemState.Done || item.IsOver || item.Instances == instances)
            {
                continue;
            }

            item.Instances = instances;
            if (item.State == ItemState.Queued)
            {
                item.Lane.Reroute(item);
            }

            if (item.State is ItemState.Queued or ItemState.Sleeping && IsOutOfReach(item))
            {
                EndWaiting(item, EndReason.NoInstance);
            }
            else if (item.State == ItemState.Closing && IsOutOfReach(item))
            {
                EndClosing(item, EndReason.NoInstance);
            }
        }
    }

    /// <summary>Nobody waits for an instance that does not serve, when there is no other for them.</summary>
    private void EvictDead(InstanceSet aliveBefore)
    {
        if ((aliveBefore.Bits & ~_capacity.Alive.Bits) == 0)
        {
            return;
        }

        foreach (Lane lane in _lanes)
        {
            foreach (RouteGroup group in lane.Groups)
            {
                if (_capacity.AreDead(group.Instances, _now))
                {
                    EvictDead(group.Head, group.Next);
                }
            }

            EvictDead(lane.Sleeping.Head, lane.Sleeping.Next);
            for (WorkItem? item = lane.Running.Head; item is not null; item = lane.Running.Next(item))
            {
                if (item is { State: ItemState.Closing, IsOver: false } && IsOutOfReach(item))
                {
                    EndClosing(item, EndReason.NoInstance);
                }
            }
        }
    }

    private void EvictDead(WorkItem? first, Func<WorkItem, WorkItem?> next)
    {
        for (WorkItem? item = first; item is not null;)
        {
            WorkItem current = item;
            item = next(item);
            if (IsOutOfReach(current))
            {
                EndWaiting(current, EndReason.NoInstance);
            }
        }
    }
}
