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
