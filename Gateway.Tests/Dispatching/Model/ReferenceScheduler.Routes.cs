using Gateway.Scheduling;

namespace Gateway.Tests.Dispatching.Model;

/// <content>Which instance, what after a failure, and what operators change.</content>
internal sealed partial class ReferenceScheduler
{
    private int Pick(List<int> usable) => _strategy switch
    {
        RoutingStrategy.Failover => usable.OrderBy(i => Has(ReferenceDefect.PriorityIgnored) ? 0 : _traits[i].Priority)
            .ThenByDescending(i => Has(ReferenceDefect.FreeSlotsIgnored) ? 0 : Free(i)).ThenBy(i => i).First(),
        RoutingStrategy.Composite => usable.OrderByDescending(Score).ThenBy(i => i).First(),
        _ => NextInTurn(usable),
    };

    private double Score(int i)
    {
        double utilisation = Has(ReferenceDefect.UtilisationIgnored) ? 0 : (double)(_limits[i] - Free(i)) / _limits[i];
        return (0.3 * _traits[i].Weight / 20) + (0.4 * (1 - utilisation)) + (Has(ReferenceDefect.QualityIgnored) ? 0 : _traits[i].Quality);
    }

    private int NextInTurn(List<int> usable)
    {
        usable.ForEach(i => _credit[i] += WeightOf(i));
        int next = usable.OrderByDescending(i => _credit[i]).ThenBy(i => i).First();
        _credit[next] -= usable.Sum(WeightOf);
        return next;
    }

    private int WeightOf(int i) =>
        Has(ReferenceDefect.WeightsIgnored) || (_strategy == RoutingStrategy.RoundRobin && !Has(ReferenceDefect.TurnsAreWeighted)) ? 1 : _traits[i].Weight;

    private void ChangeRouting(in Act act)
    {
        bool startsAnew;
        if (act.Kind == SchedulerEventKind.RoutingChanged)
        {
            startsAnew = _strategy != (RoutingStrategy)act.Value;
            _strategy = (RoutingStrategy)act.Value;
        }
        else
        {
            startsAnew = _traits[act.Instance].Weight != act.Traits!.Weight;
            _traits[act.Instance] = act.Traits;
        }

        if (startsAnew && !Has(ReferenceDefect.TurnsAreKept))
        {
            Array.Clear(_credit);
        }
    }

    private bool MayRetry(ReferenceItem item) => item.Retries < item.Advice.MaxRetries || Has(ReferenceDefect.RetriesBeyondAdvice);

    private bool MayFailOver(ReferenceItem item) => (item.Retries < item.Advice.MaxFailovers || Has(ReferenceDefect.FailoversBeyondAdvice))
        && Enumerable.Range(0, _limits.Length).Any(i => item.Instances.Contains(i) && !FailedFor(item).Contains(i)
            && ((IsAlive(i) && IsOpen(i) && (IsWindowOpen(item.Policy.Priority, i) || Has(ReferenceDefect.FailoverBehindTheWindow))
                    && (_probes[i] is null || !Has(ReferenceDefect.FailoverWaitsForProbes))) || Has(ReferenceDefect.FailoverToTheClosed)))
        && !Has(ReferenceDefect.SleepsBeforeFailover);

    private InstanceSet FailedFor(ReferenceItem item) =>
        InstanceSet.Of(item.Instance) | (item.WakesAt <= _now ? InstanceSet.Empty : item.Avoided);

    private void FollowFailure(ReferenceItem item)
    {
        bool failsOver = MayFailOver(item), returns = MayRetry(item);
        bool isFree = failsOver && item.Advice.Unreached && !Has(ReferenceDefect.FreeFailoverPays);
        if (!isFree && SavedRetries < WholeRetry && !Has(ReferenceDefect.RetryBudgetIgnored))
        {
            End(item, EffectKind.Evict, EndReason.RetryBudgetSpent);
            return;
        }

        Spend(item, isFree);

        long at = Math.Max(item.RetryAt, _now);
        bool isPending = item.Avoided != InstanceSet.Empty && item.WakesAt > _now;
        at = !isPending ? at : Has(ReferenceDefect.LastFailureCounts) ? Math.Max(at, item.WakesAt!.Value) : Math.Min(at, item.WakesAt!.Value);
        item.Retries++;
        item.Avoided = failsOver && !Has(ReferenceDefect.FailedIsNotAvoided) ? FailedFor(item) : InstanceSet.Empty;
        item.WakesAt = returns ? at : null;
        if (failsOver || at <= _now)
        {
            Enqueue(item);
        }
        else
        {
            item.State = ItemState.Sleeping;
        }
    }

    /// <summary>Whether all instances that it may still be granted on are out of service; a failure not followed yet leaves that open.</summary>
    private bool WaitsForTheDead(ReferenceItem item)
    {
        bool hasFailed = item.Verdict == AttemptVerdict.Retry && item.HoldsSlot;
        return AreDead(hasFailed || item.WakesAt is not null ? item.Instances : item.Route) && !Has(ReferenceDefect.DeadKeepWaiting);
    }

    private void EvictForTheDead(int instance)
    {
        foreach (ReferenceItem item in _live.Where(item => item.Waits).ToList())
        {
            bool dead = Has(ReferenceDefect.LivingEvicted) ? item.Instances.Contains(instance) && !IsAlive(instance) : WaitsForTheDead(item);
            if (dead && !(item.State == ItemState.Sleeping && Has(ReferenceDefect.DeadKeepSleeping)))
            {
                EndWaiting(item, EndReason.NoInstance);
            }
        }
    }

    private void Reroute(IReadOnlyList<(int Item, InstanceSet Instances)> routes)
    {
        foreach ((int id, InstanceSet instances) in routes)
        {
            ReferenceItem item = _items[id];
            if (item.State == ItemState.Done || item.IsOver || (item.HoldsSlot && Has(ReferenceDefect.RunningNotRerouted)))
            {
                continue;
            }

            item.Instances = instances;
            item.Order = item.State == ItemState.Queued && Has(ReferenceDefect.ReroutedLosesItsPlace) ? _items.Count : item.Order;
            if (item.Waits && WaitsForTheDead(item))
            {
                EndWaiting(item, EndReason.NoInstance);
            }
        }
    }

    private void Remove(ReferenceItem item)
    {
        if (item.State is ItemState.Queued or ItemState.Sleeping && !Has(ReferenceDefect.RemovedStays))
        {
            EndWaiting(item, EndReason.Removed);
        }
        else if (item.State == ItemState.Running && Has(ReferenceDefect.RemovesTheRunning))
        {
            Revoke(item, CancellationReason.CallerGone);
        }
    }

    private void Promote(ReferenceItem item, TierPolicy policy)
    {
        bool moves = policy.Priority < item.Policy.Priority || Has(ReferenceDefect.PromotionGoesDown);
        if (item.State == ItemState.Done || !moves || (item.State == ItemState.Running && Has(ReferenceDefect.RunningNotPromoted)))
        {
            return;
        }

        item.Policy = policy;
        item.QueueTimeout = Has(ReferenceDefect.PromotionShortensTheWait) ? policy.QueueTimeout : item.QueueTimeout;
        item.Order = Has(ReferenceDefect.PromotedLosesItsPlace) ? _items.Count : item.Order;
        bool isAtRisk = item.Preemptions < policy.MaxPreemptions && _tiers.Any(tier => tier.Preemptive && tier.Priority < policy.Priority);
        item.Interruptible = Has(ReferenceDefect.PromotedAtAnyRisk) ? item.Interruptible
            : Has(ReferenceDefect.PromotedNewlyAtRisk) ? isAtRisk
            : item.Interruptible && isAtRisk;
        if (item.State == ItemState.Queued)
        {
            Enqueue(item);
        }
    }
}
