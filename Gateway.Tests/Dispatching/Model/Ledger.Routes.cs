using Gateway.Scheduling;

namespace Gateway.Tests.Dispatching.Model;

/// <content>Which instances an item may use, and which tiers may use any.</content>
internal sealed partial class Ledger
{
    public HashSet<int> Paused { get; } = [];

    public Turns Turns { get; }

    /// <summary>It waits in its lane, and its tier is not held.</summary>
    public bool MayBeGranted(LedgerItem item) => item.State == ItemState.Queued && !Paused.Contains(item.Policy.Priority);

    /// <summary>In service: it has slots and its circuit is closed.</summary>
    public bool IsAlive(int instance) => Limits[instance] > 0 && _closedUntil[instance, (int)GateKind.Circuit] <= Now;

    public bool AreDead(InstanceSet instances) => !Enumerable.Range(0, Instances).Any(i => instances.Contains(i) && IsAlive(i));

    public bool IsFreeFor(LedgerItem item, int instance) =>
        item.Route.Contains(instance) && Held(instance) < Limits[instance] && IsUsableBy(item, instance);

    private InstanceSet FailedFor(LedgerItem item) =>
        InstanceSet.Of(item.Instance) | (item.WakesAt <= Now ? InstanceSet.Empty : item.Avoided);

    private bool MayFailOver(LedgerItem item) => item.Retries < item.Advice.MaxFailovers && Enumerable.Range(0, Instances)
        .Any(i => item.Instances.Contains(i) && !FailedFor(item).Contains(i) && IsAlive(i) && IsOpenTo(item.Policy.Priority, i));

    private bool MayNotGoOn(LedgerItem item) => item.Retries >= item.Advice.MaxRetries && !MayFailOver(item);

    private void FollowFailure(LedgerItem item)
    {
        item.State = ItemState.Queued;
        item.IsSpent = MayNotGoOn(item);
        if (item.IsSpent)
        {
            return;
        }

        bool failsOver = MayFailOver(item), isFree = failsOver && item.Advice.Unreached;
        bool widens = item.Retries < item.Advice.MaxRetries, another = !item.Avoided.IsEmpty && item.WakesAt > Now && item.WakesAt != long.MaxValue;
        long wakesAt = !widens ? long.MaxValue : another ? Math.Min(item.WakesAt, Math.Max(Now, item.RetryAt)) : Math.Max(Now, item.RetryAt);
        item.Avoided = failsOver ? FailedFor(item) : InstanceSet.Empty;
        item.WakesAt = wakesAt;
        item.State = failsOver || wakesAt <= Now ? ItemState.Queued : ItemState.Sleeping;
        item.Retries++;
        if (!isFree)
        {
            Pay(item);
        }

        Coverage.Add(Seen.Retry);
        Coverage.Add(Seen.Failover, failsOver);
        Coverage.Add(Seen.FailoverForGood, failsOver && !widens);
        Coverage.Add(Seen.FreeFailover, isFree);
        Coverage.Add(Seen.SeveralFailed, failsOver && another);
    }

    private void Pause(int priority, bool paused)
    {
        if (paused && !Draining)
        {
            Paused.Add(priority);
            Coverage.Add(Seen.Paused);
        }
        else
        {
            Paused.Remove(priority);
        }
    }

    private void Promote(LedgerItem item, TierPolicy policy)
    {
        if (item.State == ItemState.Done || policy.Priority >= item.Policy.Priority)
        {
            return;
        }

        bool wasVictim = item is { State: ItemState.Running, GrantedAsVictim: true, Committed: false };
        item.Policy = policy;
        item.GrantedAsVictim &= item.Preemptions < policy.MaxPreemptions
            && Tiers.Any(tier => tier.Preemptive && tier.Priority < policy.Priority);
        Coverage.Add(Seen.PromotedWaiting, item.State == ItemState.Queued);
        Coverage.Add(Seen.PromotedSleeping, item.State == ItemState.Sleeping);
        Coverage.Add(Seen.PromotedRunning, item.State == ItemState.Running);
        Coverage.Add(Seen.PromotedVictim, wasVictim && item.GrantedAsVictim);
        Coverage.Add(Seen.PromotedOutOfReach, wasVictim && !item.GrantedAsVictim);
    }

    private void Reroute(IReadOnlyList<(int Item, InstanceSet Instances)> routes)
    {
        foreach ((int id, InstanceSet instances) in routes)
        {
            LedgerItem item = Items[id];
            if (item.State != ItemState.Done && !item.IsOver)
            {
                Coverage.Add(Seen.ReroutedWaiting, item.State == ItemState.Queued && instances != item.Instances);
                Coverage.Add(Seen.ReroutedAsleep, item.State == ItemState.Sleeping && instances != item.Instances);
                Coverage.Add(Seen.ReroutedRunning, item.State == ItemState.Running && !instances.Contains(item.Instance));
                item.Instances = instances;
            }
        }
    }
}
