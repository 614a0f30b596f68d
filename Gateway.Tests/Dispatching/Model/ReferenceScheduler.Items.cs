using Gateway.Scheduling;

namespace Gateway.Tests.Dispatching.Model;

/// <content>What becomes of one item.</content>
internal sealed partial class ReferenceScheduler
{
    private void Submit(ReferenceItem item)
    {
        _items.Add(item);
        _live.Add(item);
        item.ArrivedAt = item.WaitingSince = _now;
        if (_draining && !Has(ReferenceDefect.DrainAdmits))
        {
            End(item, EffectKind.Reject, EndReason.Draining);
        }
        else if (AreDead(item.Instances) && !Has(ReferenceDefect.DeadAdmitted))
        {
            End(item, EffectKind.Reject, EndReason.NoInstance);
        }
        else if (item.CallerDeadline <= _now && !Has(ReferenceDefect.DeadItemGranted))
        {
            End(item, EffectKind.Reject, EndReason.DeadlineExceeded);
        }
        else
        {
            Enqueue(item);
        }
    }

    private void RejectWithoutRoom(ReferenceItem item)
    {
        if (item.State != ItemState.Queued)
        {
            return;
        }

        List<ReferenceItem> lane = [.. Queued.Where(other => other.Policy.Priority == item.Policy.Priority)];
        if (lane.Count > item.Policy.MaxQueueLength && !Has(ReferenceDefect.QueueBoundIgnored))
        {
            End(item, EffectKind.Reject, EndReason.QueueFull);
        }
        else if (lane.Sum(other => other.Spec.Bytes) > item.Policy.MaxQueueBytes && !Has(ReferenceDefect.ByteBoundIgnored))
        {
            End(item, EffectKind.Reject, EndReason.QueueBytesFull);
        }
    }

    private void Enqueue(ReferenceItem item)
    {
        item.State = ItemState.Queued;
        item.PatienceEnd = item.ArrivedAt + (item.Policy.PreemptAfterAuto ? 2 * MeanReleaseGap(item) : item.Policy.PreemptAfter.Ticks);
    }

    private long MeanReleaseGap(ReferenceItem item)
    {
        int slots = Enumerable.Range(0, _limits.Length).Where(item.Instances.Contains).Sum(i => _limits[i]);
        return (long)((_meanService ?? 0) / Math.Max(1, slots));
    }

    private void End(ReferenceItem item, EffectKind kind, EndReason reason)
    {
        item.State = ItemState.Done;
        _effects.Add(new Fx(kind, item.Spec.Id, kind == EffectKind.Evict ? item.Attempt : 0, End: reason));
    }

    private void EndWaiting(ReferenceItem item, EndReason reason)
    {
        bool holdsSlot = item.State == ItemState.Closing && !Has(ReferenceDefect.EvictionFreesTheSlot);
        End(item, EffectKind.Evict, reason);
        if (holdsSlot)
        {
            // Only the caller's part of it is over.
            item.State = ItemState.Closing;
            item.IsOver = !Has(ReferenceDefect.EvictedIsTriedAgain);
        }
    }

    private void LoseCaller(ReferenceItem item)
    {
        item.CallerGone = true;
        if (item.State == ItemState.Closing && Has(ReferenceDefect.CallerGoneWaitsForTheSlot))
        {
            return;
        }

        if (item.Waits && !Has(ReferenceDefect.CallerGoneStaysQueued))
        {
            EndWaiting(item, EndReason.CallerGone);
        }
        else if (item.State == ItemState.Running && !Has(ReferenceDefect.CallerGoneKeepsRunning))
        {
            Revoke(item, CancellationReason.CallerGone);
        }
    }

    private void Commit(ReferenceItem item)
    {
        if (Has(ReferenceDefect.CommitIgnored))
        {
            return;
        }

        item.Committed = true;
        if (item is { State: ItemState.Revoking, Revoked: CancellationReason.Preempted })
        {
            // The relay was faster than the revoke, so the attempt runs on, unless there is another reason to stop it.
            item.State = ItemState.Running;
            item.Revoked = CancellationReason.None;
            item.Leaked = false;
            if (item.CallerGone && !Has(ReferenceDefect.CallerGoneForgottenByCommit))
            {
                Revoke(item, CancellationReason.CallerGone);
            }
            else if (_drainExpired)
            {
                Revoke(item, CancellationReason.Draining);
            }
        }
    }

    private void Revoke(ReferenceItem item, CancellationReason reason)
    {
        item.State = ItemState.Revoking;
        item.Revoked = reason;
        item.EndingSince = _now;
        _effects.Add(new Fx(EffectKind.Revoke, item.Spec.Id, item.Attempt, item.Instance, Cancellation: reason));
        if (Has(ReferenceDefect.VictimNotConfirmed) && reason == CancellationReason.Preempted)
        {
            item.Verdict = AttemptVerdict.Preempted;
            item.WaitingSince = _now;
            FreeSlotAndGoOn(item);
        }
        else if (Has(ReferenceDefect.RequeueBeforeTheEnd) && reason == CancellationReason.Preempted)
        {
            item.WaitingSince = _now;
            Enqueue(item);
        }
    }

    private void EndAttempt(ReferenceItem item, in Act act)
    {
        item.Verdict = act.Verdict;
        item.Advice = act.Retry;
        item.RetryAt = act.Value;
        item.WaitingSince = _now;
        EndProbe(item);
        if (act.Verdict == AttemptVerdict.Deferred)
        {
            Undo(item);
        }

        if (!act.SlotHeld)
        {
            FreeSlotAndGoOn(item);
            return;
        }

        item.EndingSince = item.State == ItemState.Running ? _now : item.EndingSince;
        item.State = ItemState.Closing;
        if (item.Waits && WhyNotAgain(item) is not EndReason.None and var reason)
        {
            EndWaiting(item, reason);
        }
    }

    private EndReason WhyNotAgain(ReferenceItem item) =>
        item.CallerGone && !Has(ReferenceDefect.CallerGoneIsRequeued) ? EndReason.CallerGone
        : _drainExpired ? EndReason.Draining
        : item.CallerDeadline <= _now && !Has(ReferenceDefect.DeadItemGranted) ? EndReason.DeadlineExceeded
        : item.Verdict == AttemptVerdict.Retry && !MayRetry(item) && !MayFailOver(item) ? EndReason.RetriesSpent
        : WaitsForTheDead(item) ? EndReason.NoInstance
        : EndReason.None;

    private void FreeSlotAndGoOn(ReferenceItem item)
    {
        if (Has(ReferenceDefect.SlotFreedTwice) && item.Verdict == AttemptVerdict.Retry)
        {
            _freedTwice[item.Instance]++;
        }

        bool mustRest = item.Revoked != CancellationReason.None && (item.Verdict != AttemptVerdict.Deferred || Has(ReferenceDefect.DeferredSlotRests));
        if (mustRest && _options.ReleaseDelay > TimeSpan.Zero)
        {
            _cooling.Add((item.Instance, _now + _options.ReleaseDelay.Ticks));
        }

        if (Has(ReferenceDefect.SlotLostOnRetry) && item.Verdict == AttemptVerdict.Retry)
        {
            _cooling.Add((item.Instance, long.MaxValue));
        }

        item.Leaked = false;
        item.Attempt -= item.Verdict != AttemptVerdict.Deferred || Has(ReferenceDefect.DeferredTakesANumber) ? 0 : 1;
        if (item.Verdict == AttemptVerdict.Final)
        {
            long held = _now - item.StartedAt;
            _meanService = _meanService is { } mean ? mean + (0.1 * (held - mean)) : held;
            item.State = ItemState.Done;
        }
        else if (item.IsOver)
        {
            item.State = ItemState.Done;
        }
        else if (WhyNotAgain(item) is not EndReason.None and var reason)
        {
            End(item, EffectKind.Evict, reason);
        }
        else
        {
            BackToTheLane(item);
        }
    }

    private void BackToTheLane(ReferenceItem item)
    {
        item.WaitingSince = Has(ReferenceDefect.ClosingDoesNotCountAsWaiting) ? _now : item.WaitingSince;
        bool atTail = Has(item.Verdict == AttemptVerdict.Deferred ? ReferenceDefect.DeferredAtTail : ReferenceDefect.RequeueAtTail);
        item.Order = atTail ? _items.Count : item.Order;
        if (item.Verdict != AttemptVerdict.Retry)
        {
            item.Preemptions += item.Verdict == AttemptVerdict.Preempted || Has(ReferenceDefect.DeferredCountsAsPreempted) ? 1 : 0;
            bool forgets = Has(item.Verdict == AttemptVerdict.Deferred ? ReferenceDefect.AvoidanceLostByDeferral : ReferenceDefect.AvoidanceLostByPreemption);
            item.Avoided = item.WakesAt <= _now || forgets ? InstanceSet.Empty : item.Avoided;
            Enqueue(item);
            return;
        }

        FollowFailure(item);
    }

    private void StartDraining()
    {
        _draining = true;
        if (!Has(ReferenceDefect.PauseHoldsTheDrain))
        {
            _paused.Clear();
        }
    }

    private void ExpireDrain()
    {
        StartDraining();
        _drainExpired = true;
        foreach (ReferenceItem item in _live.ToList())
        {
            if (item.Waits && !(item.State == ItemState.Closing && Has(ReferenceDefect.DrainWaitsForTheSlot)))
            {
                EndWaiting(item, EndReason.Draining);
            }
            else if (item.State == ItemState.Running)
            {
                Revoke(item, CancellationReason.Draining);
            }
        }
    }
}
