namespace Gateway.Scheduling;

/// <content>What falls due with time.</content>
public sealed partial class SchedulerCore
{
    private void FireDueTimers(bool isTick)
    {
        // A tick always uses the armed timer up, also when the clock that fired it ran a little ahead of ours.
        if (_now < _armedAt && !isTick)
        {
            return;
        }

        _armedAt = long.MaxValue;
        while (_timers.TryTakeDue(_now, out TimerQueue.Entry due))
        {
            Fire(due);
        }

        if (_capacity.NextOpening <= _now)
        {
            _capacity.RefreshGates(_now);
        }
    }

    private void Fire(in TimerQueue.Entry due)
    {
        switch (due.Kind)
        {
            case TimerKind.WaitLimit:
                OnWaitLimit(due.Item!);
                break;
            case TimerKind.Patience:
                EntitleIfDue(due.Item!);
                break;
            case TimerKind.Wake:
                Wake(due.Item!);
                break;
            case TimerKind.CancelConfirm:
                MarkLeaked(due.Item!);
                break;
            case TimerKind.Cooled:
                _capacity[due.Instance].Cooling--;
                _capacity.RefreshSlots(due.Instance);
                break;
        }
    }

    private void OnWaitLimit(WorkItem item)
    {
        EndReason reason = IsPastCallerDeadline(item) ? EndReason.DeadlineExceeded : EndReason.Expired;
        if (item.State != ItemState.Closing)
        {
            EndWaiting(item, reason);
        }
        else if (!item.IsOver)
        {
            EndClosing(item, reason);
        }
    }

    /// <summary>At most one timer is armed; it is only moved when it would fire too late (an early one just finds nothing due).</summary>
    private void ArmTimer()
    {
        long earliest = Math.Min(_timers.Earliest(), _capacity.NextOpening);
        if (earliest < _armedAt)
        {
            _armedAt = earliest;
            _effects.Add(Effect.ArmTimer(earliest));
        }
    }
}
