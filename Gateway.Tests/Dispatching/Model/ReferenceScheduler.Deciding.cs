using Gateway.Scheduling;

namespace Gateway.Tests.Dispatching.Model;

/// <content>Who gets a slot and who must give one back.</content>
internal sealed partial class ReferenceScheduler
{
    private void GrantFreeSlots()
    {
        while (true)
        {
            List<ReferenceItem> able = [.. Ready.Where(item => Usable(item).Count > 0)];
            if (able.Count == 0)
            {
                return;
            }

            ReferenceItem? starved = able.Where(item => IsStarved(item) && IsHeadOfGroup(item) && UsableInTurn(item).Count > 0)
                .MinBy(item => item.Order);
            ReferenceItem next = starved ?? Best(able);
            Grant(next, starved is null ? Usable(next) : UsableInTurn(next), starved is not null);
            if (Has(ReferenceDefect.OneGrantPerStep))
            {
                return;
            }
        }
    }

    private ReferenceItem Best(List<ReferenceItem> able) => _defect switch
    {
        ReferenceDefect.LifoInsideLane => able.OrderBy(item => item.Policy.Priority).ThenByDescending(item => item.Order).First(),
        ReferenceDefect.IgnorePriority => able.MinBy(item => item.Order)!,
        _ => able.OrderBy(item => item.Policy.Priority).ThenBy(item => item.Order).First(),
    };

    private bool IsStarved(ReferenceItem item) =>
        item.Policy.AgeLimit is { } limit && _now - item.ArrivedAt >= limit.Ticks;

    private bool IsHeadOfGroup(ReferenceItem item) => !Queued.Any(other =>
        other.Policy.Priority == item.Policy.Priority && other.Route == item.Route && other.Order < item.Order);

    /// <summary>Its usable instances on which three grants went to others since a starved item got one.</summary>
    private List<int> UsableInTurn(ReferenceItem item) => _defect switch
    {
        ReferenceDefect.StarvedAlwaysFirst => Usable(item),
        ReferenceDefect.StarvedTurnIsGlobal => _grantsSinceStarved.Min() >= 3 ? Usable(item) : [],
        ReferenceDefect.StarvedNeverFirst => [],
        _ => [.. Usable(item).Where(i => _grantsSinceStarved[i] >= 3)],
    };

    private void Grant(ReferenceItem item, List<int> usable, bool asStarved)
    {
        int instance = Coin() ? usable[^1] : Pick(usable);
        for (int i = 0; i < _grantsSinceStarved.Length; i++)
        {
            if (i == instance || Has(ReferenceDefect.StarvedTurnIsGlobal))
            {
                _grantsSinceStarved[i] = asStarved ? 0 : _grantsSinceStarved[i] + 1;
            }
        }

        item.Waited += _now - item.WaitingSince;
        item.State = ItemState.Running;
        item.Attempt++;
        Earn(item);
        item.Instance = instance;
        bool isProbe = StartProbe(item);
        item.StartedAt = _now;
        item.GrantOrder = ++_grants;
        item.Committed = false;
        item.Revoked = CancellationReason.None;
        item.Interruptible = (item.Preemptions < item.Policy.MaxPreemptions || Has(ReferenceDefect.NoCapOnPreemptions))
            && (!asStarved || Has(ReferenceDefect.StarvedNotImmune))
            && (_tiers.Any(tier => tier.Preemptive && tier.Priority < item.Policy.Priority)
                || Has(ReferenceDefect.VictimOfEqualTier) || Has(ReferenceDefect.PortNotPreemptiveInterrupts));
        _effects.Add(new Fx(EffectKind.Grant, item.Spec.Id, item.Attempt, instance, item.Interruptible, IsProbe: isProbe));
    }

    private bool MayInterrupt(ReferenceItem item) =>
        (item.Policy.Preemptive || Has(ReferenceDefect.PortNotPreemptiveInterrupts))
        && (item.PatienceEnd <= _now || Has(ReferenceDefect.PatienceIgnored));

    /// <summary>
    /// Waiters in the order of urgency; inside a tier group by group in the order of their sets of instances, which the policy leaves
    /// open. Each needs a slot that is coming free and that no waiter before it needs, or else a victim.
    /// </summary>
    private void InterruptForWaiters()
    {
        int[] comingFree = [.. Enumerable.Range(0, _limits.Length).Select(i => Math.Max(0, SlotsAfterEnds(i)))];
        List<InstanceSet> served = [];
        List<ReferenceItem> entitled = [.. (Has(ReferenceDefect.PausedTierInterrupts) ? Queued : Ready).Where(MayInterrupt)];
        foreach (int priority in entitled.Select(item => item.Policy.Priority).Distinct().Order())
        {
            IEnumerable<InstanceSet> groups = entitled.Where(item => item.Policy.Priority == priority).Select(item => item.Route).Distinct();
            foreach (InstanceSet group in groups.OrderByDescending(group => group.Bits))
            {
                int waiters = entitled.Count(item => item.Policy.Priority == priority && item.Route == group);
                InstanceSet usable = new(Enumerable.Range(0, _limits.Length).Where(i => group.Contains(i) && (IsUsableBy(priority, i) || (IsOpen(i) && Has(ReferenceDefect.InterruptsBehindTheWindow))))
                    .Aggregate(0UL, (bits, i) => bits | (1UL << i)));
                InterruptForGroup(priority, usable, waiters, served, comingFree);
            }
        }
    }

    private void InterruptForGroup(int priority, InstanceSet usable, int waiters, List<InstanceSet> served, int[] comingFree)
    {
        for (int waiter = 0; waiter < waiters; waiter++)
        {
            if (!Has(ReferenceDefect.RevokesMoreThanWaiters) && CanServe(served, usable, comingFree))
            {
                served.Add(usable);
                continue;
            }

            ReferenceItem? victim = Victim(priority, usable);
            if (victim is null)
            {
                return;
            }

            Revoke(victim, CancellationReason.Preempted);
            comingFree[victim.Instance]++;
            served.Add(usable);
        }
    }

    private bool CanServe(List<InstanceSet> served, InstanceSet usable, int[] comingFree)
    {
        if (!Has(ReferenceDefect.GreedyCover))
        {
            return Matching.Size([.. served, usable], comingFree) > served.Count;
        }

        int[] left = [.. comingFree];
        foreach (InstanceSet waiter in served)
        {
            int taken = Enumerable.Range(0, left.Length).FirstOrDefault(i => left[i] > 0 && waiter.Contains(i), -1);
            if (taken >= 0)
            {
                left[taken]--;
            }
        }

        return Enumerable.Range(0, left.Length).Any(i => left[i] > 0 && usable.Contains(i));
    }

    private ReferenceItem? Victim(int waiterPriority, InstanceSet usable)
    {
        List<ReferenceItem> eligible = [.. _live.Where(item => item is { State: ItemState.Running, Interruptible: true, Committed: false }
            && (item.Policy.Priority > waiterPriority || (item.Policy.Priority == waiterPriority && Has(ReferenceDefect.VictimOfEqualTier)))
            && (usable.Contains(item.Instance) || Has(ReferenceDefect.VictimOnUselessInstance))
            && (SlotsAfterEnds(item.Instance) >= 0 || Has(ReferenceDefect.InterruptsInVain))
            && (!IsStarved(item) || Has(ReferenceDefect.StarvedNotImmune)))];
        return _defect switch
        {
            ReferenceDefect.VictimMostUrgentFirst => eligible.OrderBy(item => item.Policy.Priority).ThenByDescending(EffectiveStart).FirstOrDefault(),
            ReferenceDefect.VictimOldestFirst => eligible.OrderByDescending(item => item.Policy.Priority).ThenBy(EffectiveStart).FirstOrDefault(),
            _ => eligible.OrderByDescending(item => item.Policy.Priority).ThenByDescending(EffectiveStart)
                .ThenByDescending(item => item.GrantOrder).FirstOrDefault(),
        };
    }

    private long EffectiveStart(ReferenceItem item) => Has(ReferenceDefect.SeniorityIgnored) ? item.StartedAt
        : item.StartedAt - (item.Preemptions * _options.SeniorityPerPreemption.Ticks);

    /// <summary>Free slots of the instance once everything that was told to stop has ended.</summary>
    private int SlotsAfterEnds(int instance) =>
        _limits[instance] - _live.Count(item => item.HoldsSlot && item.Instance == instance && (item.State == ItemState.Running || item.Leaked));
}
