namespace Gateway.Scheduling;

/// <content>Windows: what an instance takes in a time, by tier.</content>
public sealed partial class SchedulerCore
{
    /// <summary>For how long a window that was open to a deferred attempt closes to it: a bound on how often it is asked in vain.</summary>
    internal static readonly TimeSpan DeferralPause = TimeSpan.FromMilliseconds(10);

    private void OnWindowChanged(int instance, int fromPriority, long closedUntil)
    {
        if (closedUntil <= _now)
        {
            _capacity[instance].OpenWindow();
        }
        else
        {
            _capacity[instance].CloseWindow(RankOf(fromPriority), closedUntil);
        }

        RefreshWindow(instance);
    }

    /// <summary>With nobody waiting, the next may come as they like, until one is refused again.</summary>
    private void OnWindowPassed(WorkItem item)
    {
        InstanceCapacity capacity = _capacity[item.Instance];
        if (capacity.Probe == item)
        {
            EndProbe(item);
            capacity.IsScarce = IsAwaited(item.Instance);
        }
    }

    /// <summary>The rank of the most urgent tier that the priority concerns; a tier of just that priority need not exist.</summary>
    private int RankOf(int fromPriority)
    {
        int rank = 0;
        while (rank < _lanes.Length && _lanes[rank].Priority < fromPriority)
        {
            rank++;
        }

        return rank;
    }

    private bool IsAwaited(int instance)
    {
        foreach (Lane lane in _lanes)
        {
            foreach (RouteGroup group in lane.Groups)
            {
                if (group.Count > 0 && group.Instances.Contains(instance))
                {
                    return true;
                }
            }
        }

        return false;
    }

    private void EndProbe(WorkItem item)
    {
        if (_capacity[item.Instance].Probe == item)
        {
            _capacity.SetProbe(item.Instance, null);
        }
    }

    /// <summary>The attempt was not made. The window is closed to it by then, unless something came back meanwhile.</summary>
    private void Undo(WorkItem item)
    {
        item.Lane.Totals.Deferred++;
        if (_capacity.OpenTo(item.Lane.Rank).Contains(item.Instance))
        {
            _capacity[item.Instance].CloseWindow(item.Lane.Rank, After(_now, DeferralPause));
            RefreshWindow(item.Instance);
        }
    }

    private void RefreshWindow(int instance)
    {
        _capacity.Refresh(instance, _now);
        _capacity.RefreshGates(_now);
    }
}
