namespace Gateway.Scheduling;

/// <content>Changes of the tiers, and of an item's tier.</content>
public sealed partial class SchedulerCore
{
    private void SetPreemptible(IReadOnlyList<TierPolicy> tiers)
    {
        foreach (Lane lane in _lanes)
        {
            lane.Preemptible = tiers.Any(tier => tier.Preemptive && tier.Priority < lane.Priority);
        }
    }

    /// <summary>
    /// Somebody more urgent now waits for this item's end too. It keeps its sequence and its time limit. Running, it stays what it
    /// was granted as: only an attempt that keeps its head back may be interrupted.
    /// </summary>
    private void Promote(WorkItem item, TierPolicy policy)
    {
        if (item.State is ItemState.New or ItemState.Done || policy.Priority >= item.Lane.Priority)
        {
            return;
        }

        Lane from = item.Lane, to = LaneOf(policy.Priority);
        item.Policy = policy;
        item.Lane = to;
        _starvation.IsUsed |= policy.AgeLimit is not null;
        switch (item.State)
        {
            case ItemState.Queued:
                from.Dequeue(item);
                Enqueue(item);
                ArmPatience(item);
                break;
            case ItemState.Sleeping:
                from.Sleeping.Remove(item);
                to.Sleeping.AddLast(item);
                break;
            default:
                from.Running.Remove(item);
                to.Running.AddLast(item);
                MoveVictim(item, from, to);
                break;
        }
    }

    private static void MoveVictim(WorkItem item, Lane from, Lane to)
    {
        if (item.IsVictim)
        {
            from.RemoveVictim(item);
            if (to.Preemptible && item.Preemptions < item.Policy.MaxPreemptions)
            {
                to.AddVictim(item);
            }
        }
    }
}
