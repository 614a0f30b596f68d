namespace Gateway.Scheduling;

/// <content>What follows the end of an attempt.</content>
public sealed partial class SchedulerCore
{
    private void FollowVerdict(WorkItem item)
    {
        long held = _now - item.StartedAt;
        if (item.Verdict == AttemptVerdict.Final)
        {
            _service.Add(held);
            item.Lane.Totals.Completed++;
            Finish(item);
            return;
        }

        if (item.IsOver)
        {
            // Evicted and accounted for while it waited for this slot.
            Finish(item);
            return;
        }

        CountWaste(item, held);
        if (ReasonToEnd(item) is var reason and not EndReason.None)
        {
            Evict(item, reason);
        }
        else if (item.Verdict == AttemptVerdict.Retry)
        {
            FollowFailure(item);
        }
        else
        {
            Return(item);
        }
    }

    /// <summary>Back to its place, through no fault of an instance's.</summary>
    private void Return(WorkItem item)
    {
        if (item.Verdict == AttemptVerdict.Preempted)
        {
            item.Preemptions++;
            item.Lane.Totals.Preempted++;
        }

        if (item.WakesAt <= _now)
        {
            item.Avoided = InstanceSet.Empty;
        }

        Requeue(item);
    }

    /// <summary>Why an item that is to be tried again must not be: what would have ended it in the lane came while it ran, or it may not be.</summary>
    private EndReason ReasonToEnd(WorkItem item) =>
        item.IsCallerGone ? EndReason.CallerGone
        : _drainExpired ? EndReason.Draining
        : IsPastCallerDeadline(item) ? EndReason.DeadlineExceeded
        : item.Verdict == AttemptVerdict.Retry && !MayRetry(item) && !MayFailOver(item) ? EndReason.RetriesSpent
        : IsOutOfReach(item) ? EndReason.NoInstance
        : EndReason.None;

    private static bool MayRetry(WorkItem item) => item.Retries < item.Advice.MaxRetries;

    /// <summary>Another instance could take it at once, if it had a slot.</summary>
    private bool MayFailOver(WorkItem item) => item.Retries < item.Advice.MaxFailovers
        && (item.Instances.Bits & ~FailedFor(item).Bits & (_capacity.Alive & _capacity.OpenTo(item.Lane.Rank)).Bits) != 0;

    private InstanceSet FailedFor(WorkItem item) =>
        InstanceSet.Of(item.Instance) | (item.WakesAt <= _now ? InstanceSet.Empty : item.Avoided);

    /// <summary>Every instance that it may still be granted on is out of service.</summary>
    private bool IsOutOfReach(WorkItem item)
    {
        bool hasFailed = item.Verdict == AttemptVerdict.Retry && item.State is not (ItemState.Queued or ItemState.Sleeping);
        return _capacity.AreDead(hasFailed ? item.Instances : item.Reach, _now);
    }

    /// <summary>
    /// On to an instance that has not failed for it, at once; or else to sleep until one that has may be tried again. Until then the
    /// failed ones are left alone; when several have failed, the first of their times ends that for all, because what concerns an
    /// instance and not the item is a gate's business.
    /// </summary>
    private void FollowFailure(WorkItem item)
    {
        bool failsOver = MayFailOver(item);
        if (!(failsOver && item.Advice.Unreached) && !_retries.TrySpend(_now))
        {
            Evict(item, EndReason.RetryBudgetSpent);
            return;
        }

        long pending = item.Avoided.IsEmpty || item.WakesAt <= _now ? long.MaxValue : item.WakesAt;
        item.Avoided = failsOver ? FailedFor(item) : InstanceSet.Empty;
        item.WakesAt = MayRetry(item) ? Math.Min(pending, Math.Max(item.RetryAt, _now)) : long.MaxValue;
        item.Retries++;
        item.Lane.Totals.Retried++;
        if (failsOver || item.WakesAt <= _now)
        {
            Requeue(item);
        }
        else
        {
            Sleep(item);
        }
    }

    /// <summary>Once for each discarded attempt, of which one that was not made is none. The slot time of one evicted while closing counts up to its eviction.</summary>
    private static void CountWaste(WorkItem item, long held)
    {
        if (item.Verdict == AttemptVerdict.Deferred)
        {
            return;
        }

        // Who was never reached has read nothing.
        long tokens = item is { Verdict: AttemptVerdict.Retry, Advice.Unreached: true } ? 0 : item.EstimatedTokens + item.ProgressTokens;
        item.WastedTicks += held;
        item.WastedTokens += tokens;
        item.Lane.Totals.WastedTicks += held;
        item.Lane.Totals.WastedTokens += tokens;
    }
}
