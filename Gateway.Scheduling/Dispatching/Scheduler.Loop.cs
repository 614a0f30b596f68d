using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;

namespace Gateway.Scheduling;

/// <content>The loop: the only place that steps the core and carries effects out.</content>
public sealed partial class Scheduler
{
    private async Task RunLoopAsync()
    {
        ChannelReader<SchedulerEvent> reader = _events.Reader;
        while (await reader.WaitToReadAsync())
        {
            int batch = 0;
            while (reader.TryRead(out SchedulerEvent e))
            {
                Take(e);
                if (++batch % MaxBatch == 0)
                {
                    await Task.Yield();
                }
            }

            AnswerRemovals();
            AnswerSnapshots();
        }

        FailAll();
        _drained.TrySetResult();
        while (_removals.TryDequeue(out RemovalRequest removal))
        {
            removal.Completion.TrySetResult(EvictionResult.Unknown);
        }

        while (_snapshots.TryDequeue(out SnapshotRequest request))
        {
            request.Completion.TrySetException(new ObjectDisposedException(nameof(Scheduler)));
        }
    }

    [SuppressMessage("Design", "CA1031", Justification = "Any fault of a step or its effects closes the scheduler instead of hanging its requests.")]
    private void Take(in SchedulerEvent e)
    {
        Ticket? ticket = e.Item?.Ticket;
        if (e.Kind == SchedulerEventKind.Submit)
        {
            _live.Add(ticket!);
        }
        else if (e.Kind == SchedulerEventKind.AttemptEnded && e.Verdict == AttemptVerdict.Final)
        {
            // Its submitter has gone on already; only the core still knows it, for its slot.
            _live.Remove(ticket!);
        }
        else if (e.Kind == SchedulerEventKind.AttemptEnded)
        {
            ticket!.IsAwaited = true;
        }

        if (_faulted)
        {
            TakeFaulted(e);
            return;
        }

        try
        {
            _effects.Clear();
            _core.Step(e.Kind == SchedulerEventKind.Rerouted ? SchedulerEvent.Rerouted([.. _live.Select(static ticket => ticket.Route())]) : e, Now(), _effects);
            foreach (Effect effect in _effects)
            {
                CarryOut(effect);
            }
        }
        catch (Exception fault)
        {
            _faulted = true;
            TakeFaulted(e);
            Report(fault);
            return;
        }

        if (_core.IsDraining && _core.OpenItems == 0)
        {
            _drained.TrySetResult();
        }
    }

    private void CarryOut(in Effect effect)
    {
        switch (effect.Kind)
        {
            case EffectKind.Grant:
                effect.Item!.Ticket!.Grant(new Attempt(this, effect.Item, effect.Attempt, effect.Instance, effect.Preemptible, effect.IsProbe));
                break;
            case EffectKind.Revoke:
                effect.Item!.Ticket!.Attempt!.Revoke(effect.Cancellation);
                break;
            case EffectKind.Reject or EffectKind.Evict:
                _live.Remove(effect.Item!.Ticket!);
                effect.Item.Ticket!.End(new RunResult(false, effect.End, TimeSpan.FromTicks(effect.Ticks)));
                break;
            case EffectKind.Leaked:
                _callbacks.Leaked?.Invoke(effect.Item!);
                break;
            case EffectKind.ArmTimer:
                // Rounded up to the timer's millisecond, so that it seldom fires before its time.
                long delay = Math.Clamp(effect.Ticks - Now(), 0, TimeSpan.TicksPerDay);
                long milliseconds = (delay + TimeSpan.TicksPerMillisecond - 1) / TimeSpan.TicksPerMillisecond;
                _timer.Change(TimeSpan.FromMilliseconds(milliseconds), Timeout.InfiniteTimeSpan);
                break;
        }
    }

    /// <summary>What is left to do without a core: refuse what waits, and stop running attempts that nobody wants any more.</summary>
    private void TakeFaulted(in SchedulerEvent e)
    {
        switch (e.Kind)
        {
            case SchedulerEventKind.CallerGone:
                e.Item!.Ticket!.Attempt?.Revoke(CancellationReason.CallerGone);
                break;
            case SchedulerEventKind.DrainExpired:
                foreach (Ticket ticket in _live)
                {
                    ticket.Attempt?.Revoke(CancellationReason.Draining);
                }

                break;
        }

        FailAll();
        if (_live.Count == 0)
        {
            _drained.TrySetResult();
        }
    }

    /// <summary>After a fault (or at the very end): nobody may wait for a signal that will never come. Running attempts go on.</summary>
    private void FailAll() => _live.RemoveWhere(static ticket =>
    {
        if (!ticket.IsAwaited)
        {
            return false;
        }

        ticket.End(Faulted);
        return true;
    });

    [SuppressMessage("Design", "CA1031", Justification = "A reporter that throws must not stop the loop, which still has items to refuse.")]
    private void Report(Exception fault)
    {
        try
        {
            _callbacks.Faulted?.Invoke(fault, _core.Journal.ToString());
        }
        catch (Exception)
        {
        }
    }

    private void AnswerRemovals()
    {
        while (_removals.TryDequeue(out RemovalRequest request))
        {
            request.Completion.TrySetResult(Evict(_live.FirstOrDefault(ticket => ticket.Item.Sequence == request.Sequence)?.Item));
        }
    }

    private EvictionResult Evict(WorkItem? item)
    {
        if (item is null)
        {
            return EvictionResult.Unknown;
        }

        if (_faulted || item.State is not (ItemState.Queued or ItemState.Sleeping))
        {
            // After a fault nothing waits any more, whatever the core still says.
            return EvictionResult.Running;
        }

        Take(SchedulerEvent.Removed(item));
        return item.State == ItemState.Done ? EvictionResult.Removed : EvictionResult.Unknown;
    }

    [SuppressMessage("Design", "CA1031", Justification = "Who only looks must not stop the loop: what goes wrong is told to whoever asked.")]
    private void AnswerSnapshots()
    {
        while (_snapshots.TryDequeue(out SnapshotRequest request))
        {
            try
            {
                request.Completion.TrySetResult(new SnapshotBuilder(_core, Now()).Build(request.ItemsPerTier));
            }
            catch (Exception fault)
            {
                request.Completion.TrySetException(fault);
            }
        }
    }

    private readonly record struct SnapshotRequest(int ItemsPerTier, TaskCompletionSource<SchedulerSnapshot> Completion);
}
