namespace Gateway.Scheduling;

/// <content>Into the lanes and out of them unserved.</content>
public sealed partial class SchedulerCore
{
    private void OnSubmit(WorkItem item)
    {
        if (item.State != ItemState.New)
        {
            throw new InvalidOperationException($"Item {item.Sequence} was submitted twice.");
        }

        item.Lane = LaneOf(item.Policy.Priority);
        item.Sequence = ++_lastSequence;
        item.ArrivedAt = _now;
        item.WaitingSince = _now;
        item.Lane.Totals.Submitted++;
        LiveItems++;
        OpenItems++;
        _starvation.IsUsed |= item.Policy.AgeLimit is not null;

        if (_draining)
        {
            Reject(item, EndReason.Draining);
        }
        else if (_capacity.AreDead(item.Instances, _now))
        {
            Reject(item, EndReason.NoInstance);
        }
        else if (IsPastCallerDeadline(item))
        {
            Reject(item, EndReason.DeadlineExceeded);
        }
        else
        {
            Enqueue(item);
        }
    }

    /// <summary>
    /// The last part of a submit: an item that did not start at once must find room in its lane. Items that were requeued are not
    /// asked again.
    /// </summary>
    private void AdmitOrReject(WorkItem item)
    {
        if (item.State != ItemState.Queued)
        {
            return;
        }

        EndReason full = item.Lane.Count > item.Policy.MaxQueueLength ? EndReason.QueueFull
            : item.Lane.Bytes > item.Policy.MaxQueueBytes ? EndReason.QueueBytesFull
            : EndReason.None;
        if (full != EndReason.None)
        {
            item.Lane.Dequeue(item);
            Reject(item, full);
            return;
        }

        ArmWaitLimit(item);
        ArmPatience(item);
    }

    private void Reject(WorkItem item, EndReason reason)
    {
        item.Lane.Totals.Rejected++;
        Finish(item);
        _effects.Add(Effect.Reject(item, reason, RetryAfter(item, reason)));
    }

    /// <summary>Ends a queued or sleeping item unserved.</summary>
    private void EndWaiting(WorkItem item, EndReason reason)
    {
        LeaveWaiting(item);
        Evict(item, reason);
    }

    /// <summary>
    /// Ends an item that waits for nothing but its slot, for its caller; the slot stays taken until the upstream call is seen to end.
    /// The watch on that goes on, so the timers are not abandoned.
    /// </summary>
    private void EndClosing(WorkItem item, EndReason reason)
    {
        item.WaitedTicks += _now - item.WaitingSince;
        item.Lane.Totals.Evicted++;
        CountWaste(item, _now - item.StartedAt);
        Conclude(item);
        _effects.Add(Effect.Evict(item, reason, RetryAfter(item, reason)));
    }

    private void Evict(WorkItem item, EndReason reason)
    {
        item.Lane.Totals.Evicted++;
        Finish(item);
        _effects.Add(Effect.Evict(item, reason, RetryAfter(item, reason)));
    }

    /// <summary>The submitter has the end, or gets it with this step's effects.</summary>
    private void Conclude(WorkItem item)
    {
        if (!item.IsOver)
        {
            item.IsOver = true;
            OpenItems--;
        }
    }

    private void Finish(WorkItem item)
    {
        Conclude(item);
        _timers.Abandon(item);
        item.State = ItemState.Done;
        LiveItems--;
    }

    private void Enqueue(WorkItem item)
    {
        item.State = ItemState.Queued;
        item.Lane.Enqueue(item);
        if (item.Policy.Preemptive)
        {
            item.PatienceEnd = PatienceEnd(item);
            EntitleIfDue(item);
        }
    }

    /// <summary>Back at its original place, after a preemption or a retry; exempt from the lane's bounds. It waits since its verdict.</summary>
    private void Requeue(WorkItem item)
    {
        Enqueue(item);
        ArmWaitLimit(item);
        ArmPatience(item);
        if (!item.Avoided.IsEmpty && item.WakesAt != long.MaxValue)
        {
            _timers.Add(item.WakesAt, TimerKind.Wake, item);
        }
    }

    private void Sleep(WorkItem item)
    {
        item.State = ItemState.Sleeping;
        item.Lane.Sleeping.AddLast(item);
        _timers.Add(item.WakesAt, TimerKind.Wake, item);
        ArmWaitLimit(item);
    }

    /// <summary>A sleeper's wait goes on in the lane: its limit keeps counting from the verdict. One in the lane gets its whole route back.</summary>
    private void Wake(WorkItem item)
    {
        item.Avoided = InstanceSet.Empty;
        if (item.State == ItemState.Queued)
        {
            item.Lane.Reroute(item);
            return;
        }

        _timers.Abandon(item);
        item.Lane.Sleeping.Remove(item);
        Enqueue(item);
        ArmWaitLimit(item);
        ArmPatience(item);
    }

    private void LeaveWaiting(WorkItem item)
    {
        if (item.State == ItemState.Sleeping)
        {
            item.Lane.Sleeping.Remove(item);
        }
        else
        {
            item.Lane.Dequeue(item);
        }

        _timers.Abandon(item);
        item.WaitedTicks += _now - item.WaitingSince;
    }

    private void ArmWaitLimit(WorkItem item)
    {
        long limit = After(item.WaitingSince, new TimeSpan(Math.Max(0, item.QueueTimeout.Ticks - item.WaitedTicks)));
        if (item.CallerDeadline is { } deadline)
        {
            limit = Math.Min(limit, After(item.ArrivedAt, deadline));
        }

        _timers.Add(limit, TimerKind.WaitLimit, item);
    }

    private void ArmPatience(WorkItem item)
    {
        if (item.Policy.Preemptive && !item.IsEntitled)
        {
            _timers.Add(item.PatienceEnd, TimerKind.Patience, item);
        }
    }

    /// <summary>Asked again when a timer says so, which may be one of the tier that the item was promoted from.</summary>
    private void EntitleIfDue(WorkItem item)
    {
        if (item.Policy.Preemptive && !item.IsEntitled && item.PatienceEnd <= _now)
        {
            item.Lane.Entitle(item);
        }
    }

    /// <summary>Patience counts from the arrival: an item that was itself interrupted has waited long enough already.</summary>
    private long PatienceEnd(WorkItem item) =>
        After(item.ArrivedAt, item.Policy.PreemptAfterAuto
            ? new TimeSpan(2 * _service.ReleaseGap(_capacity.LimitOf(item.Instances)))
            : item.Policy.PreemptAfter);

    /// <summary>A time later, or never: limits such as <see cref="TimeSpan.MaxValue"/> must not wrap around into the past.</summary>
    internal static long After(long time, TimeSpan by) => by.Ticks > long.MaxValue - time ? long.MaxValue : time + by.Ticks;

    private bool IsPastCallerDeadline(WorkItem item) =>
        item.CallerDeadline is { } deadline && _now >= After(item.ArrivedAt, deadline);

    /// <summary>After how long a new item like this one may succeed; 0 when nobody knows.</summary>
    private long RetryAfter(WorkItem item, EndReason reason)
    {
        if (reason != EndReason.NoInstance)
        {
            return TailWait(item);
        }

        long revival = _capacity.NextRevival(item.Instances, item.Lane.Rank);
        return revival == long.MaxValue ? 0 : revival - _now;
    }

    /// <summary>How long a new item at the end of this item's lane would wait.</summary>
    private long TailWait(WorkItem item)
    {
        int ahead = 0;
        for (int rank = 0; rank <= item.Lane.Rank; rank++)
        {
            ahead += _lanes[rank].Count;
        }

        return _service.Wait(ahead + 1, _capacity.LimitOf(item.Instances));
    }

    /// <summary>The lanes never change, so this may be asked from any thread.</summary>
    internal bool HasLane(int priority) => FindLane(priority) is not null;

    private Lane LaneOf(int priority) => FindLane(priority) ?? throw new InvalidOperationException($"No lane has priority {priority}.");

    private Lane? FindLane(int priority)
    {
        foreach (Lane lane in _lanes)
        {
            if (lane.Priority == priority)
            {
                return lane;
            }
        }

        return null;
    }
}
