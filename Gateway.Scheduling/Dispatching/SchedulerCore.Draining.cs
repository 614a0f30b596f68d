namespace Gateway.Scheduling;

/// <content>The end of the scheduler itself.</content>
public sealed partial class SchedulerCore
{
    /// <summary>What was admitted is to finish, so nobody's pause may hold it.</summary>
    private void StartDraining()
    {
        _draining = true;
        foreach (Lane lane in _lanes)
        {
            lane.IsPaused = false;
        }
    }

    private void OnDrainExpired()
    {
        StartDraining();
        _drainExpired = true;
        foreach (Lane lane in _lanes)
        {
            foreach (RouteGroup group in lane.Groups)
            {
                while (group.Head is { } item)
                {
                    EndWaiting(item, EndReason.Draining);
                }
            }

            while (lane.Sleeping.Head is { } item)
            {
                EndWaiting(item, EndReason.Draining);
            }

            for (WorkItem? item = lane.Running.Head; item is not null; item = lane.Running.Next(item))
            {
                if (item.State == ItemState.Running)
                {
                    Revoke(item, CancellationReason.Draining);
                }
                else if (item is { State: ItemState.Closing, IsOver: false })
                {
                    EndClosing(item, EndReason.Draining);
                }
            }
        }
    }
}
