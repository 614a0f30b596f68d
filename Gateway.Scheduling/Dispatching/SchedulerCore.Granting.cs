namespace Gateway.Scheduling;

/// <content>Slots: who gets one, who must give one back, and what follows when one is given back.</content>
public sealed partial class SchedulerCore
{
    /// <summary>
    /// Gives free slots to the best waiters until nobody can use one (I10). Strict order with head-of-line protection (I4) needs no
    /// bookkeeping here: an instance that is available to a lower tier was available to every higher one asked before it, its window too.
    /// </summary>
    private void GrantFreeSlots()
    {
        while (!_capacity.Available.IsEmpty)
        {
            WorkItem? starved = _starvation.Next(_lanes, _capacity, _now);
            WorkItem? next = starved ?? BestWaiter();
            if (next is null)
            {
                return;
            }

            Grant(next, isStarved: starved is not null);
        }
    }

    private WorkItem? BestWaiter()
    {
        foreach (Lane lane in _lanes)
        {
            if (lane.Count == 0 || lane.IsPaused)
            {
                continue;
            }

            WorkItem? best = null;
            InstanceSet available = _capacity.AvailableTo(lane.Rank);
            foreach (RouteGroup group in lane.Groups)
            {
                if (group.Head is { } head && !(group.Instances & available).IsEmpty
                    && (best is null || head.Sequence < best.Sequence))
                {
                    best = head;
                }
            }

            if (best is not null)
            {
                return best;
            }
        }

        return null;
    }

    private void Grant(WorkItem item, bool isStarved)
    {
        LeaveWaiting(item);
        InstanceSet candidates = item.Route & _capacity.AvailableTo(item.Lane.Rank);
        int instance = _picker.Pick(isStarved ? candidates & _starvation.Due : candidates);
        item.State = ItemState.Running;
        item.Instance = instance;
        item.Attempts++;
        if (!item.HasEarned)
        {
            item.HasEarned = true;
            _retries.Earn(_now);
        }

        item.GrantOrder = ++_grants;
        item.StartedAt = _now;
        item.EffectiveStart = _now - (item.Preemptions * _options.SeniorityPerPreemption.Ticks);
        item.IsCommitted = false;
        item.ProgressTokens = 0;
        item.RevokeReason = CancellationReason.None;

        Lane lane = item.Lane;
        lane.Running.AddLast(item);
        lane.Totals.Granted++;
        bool preemptible = lane.Preemptible && item.Preemptions < item.Policy.MaxPreemptions && !isStarved;
        if (preemptible)
        {
            lane.AddVictim(item);
        }

        _capacity[instance].Running++;
        _capacity.RefreshSlots(instance);
        _starvation.CountGrant(instance, isStarved);
        bool isProbe = _capacity[instance].IsScarce;
        if (isProbe)
        {
            _capacity.SetProbe(instance, item);
        }

        _effects.Add(Effect.Grant(item, preemptible, isProbe));
    }

    /// <summary>
    /// Interrupts running attempts for entitled waiters that no slot is coming free for. A slot that is already coming free (its
    /// attempt was revoked before) covers one waiter, so revokes under way never outnumber the waiters (I7).
    /// </summary>
    private void PreemptForWaiters()
    {
        bool counted = false;
        foreach (Lane lane in _lanes)
        {
            if (lane.Entitled == 0 || lane.IsPaused)
            {
                continue;
            }

            if (!HasVictimsBelow(lane.Rank))
            {
                return;
            }

            if (!counted)
            {
                _comingSlots.Count();
                counted = true;
            }

            foreach (RouteGroup group in lane.Groups)
            {
                PreemptFor(lane, group);
            }
        }
    }

    private void PreemptFor(Lane lane, RouteGroup group)
    {
        InstanceSet usable = group.Instances & _capacity.UsableBy(lane.Rank);
        for (int waiter = 0; waiter < group.Entitled; waiter++)
        {
            if (_comingSlots.TryClaim(usable))
            {
                continue;
            }

            WorkItem? victim = _victims.Find(_lanes, lane.Rank, usable, _now);
            if (victim is null)
            {
                return;
            }

            victim.PreemptedBy = lane.Priority;
            Revoke(victim, CancellationReason.Preempted);
            _comingSlots.Add(usable, victim.Instance);
        }
    }

    private bool HasVictimsBelow(int rank)
    {
        for (int below = _lanes.Length - 1; below > rank; below--)
        {
            if (_lanes[below].Victims.Count > 0)
            {
                return true;
            }
        }

        return false;
    }

    private void Revoke(WorkItem item, CancellationReason reason)
    {
        item.RevokeReason = reason;
        item.Lane.RemoveVictim(item);
        MoveToEnding(item);
        item.State = ItemState.Revoking;
        _effects.Add(Effect.Revoke(item, reason));
    }

    /// <summary>The slot stays taken until the end of the upstream call is seen; a watch is kept on how long that takes.</summary>
    private void MoveToEnding(WorkItem item)
    {
        _capacity[item.Instance].Running--;
        _capacity[item.Instance].Ending++;
        _timers.Add(After(_now, _options.CancelConfirmTimeout), TimerKind.CancelConfirm, item);
    }

    private void MarkLeaked(WorkItem item)
    {
        item.IsLeaked = true;
        _capacity[item.Instance].Ending--;
        _capacity[item.Instance].Leaked++;
        _effects.Add(Effect.Leaked(item));
    }

    private void ReleaseSlot(WorkItem item)
    {
        InstanceCapacity capacity = _capacity[item.Instance];
        bool mustRest = item.RevokeReason != CancellationReason.None && item.Verdict != AttemptVerdict.Deferred;
        if (item.IsLeaked)
        {
            item.IsLeaked = false;
            capacity.Leaked--;
        }
        else if (item.State == ItemState.Running)
        {
            capacity.Running--;
        }
        else
        {
            capacity.Ending--;
        }

        if (mustRest && _options.ReleaseDelay > TimeSpan.Zero)
        {
            capacity.Cooling++;
            _timers.Add(After(_now, _options.ReleaseDelay), TimerKind.Cooled, item.Instance);
        }

        if (item.Verdict == AttemptVerdict.Deferred)
        {
            // It was not made, so its number is the next one's. Not before: the news that its slot is free goes by that number.
            item.Attempts--;
        }

        _timers.Abandon(item);
        item.Lane.Running.Remove(item);
        _capacity.RefreshSlots(item.Instance);
    }
}
