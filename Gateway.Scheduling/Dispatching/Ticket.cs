using System.Diagnostics.CodeAnalysis;
using System.Threading.Tasks.Sources;

namespace Gateway.Scheduling;

/// <summary>
/// The waiting side of an item: its submitter awaits here what comes next, an attempt to make or the end. Continuations never run on
/// the scheduler's loop. One signal is consumed before the next is set, because an item is granted again only after its attempt ended.
/// </summary>
internal sealed class Ticket(Scheduler scheduler, WorkItem item, IAttemptExecutor executor) : IValueTaskSource<Ticket.Signal>
{
    private ManualResetValueTaskSourceCore<Signal> _next = new() { RunContinuationsAsynchronously = true };

    public WorkItem Item => item;

    /// <summary>Where the item may go, as things are. The one word of a submitter's on the loop: when it fails, the item stays where it was.</summary>
    [SuppressMessage("Design", "CA1031", Justification = "A submitter's bug must not close the scheduler for everybody.")]
    public ItemRoute Route()
    {
        try
        {
            return new ItemRoute(item, executor.Route(item));
        }
        catch
        {
            return new ItemRoute(item, item.Instances);
        }
    }

    /// <summary>The running attempt, for the loop to revoke.</summary>
    public Attempt? Attempt { get; private set; }

    /// <summary>The submitter awaits a signal. Kept by the loop, so that after a fault nobody waits for ever.</summary>
    public bool IsAwaited { get; set; } = true;

    public ValueTask<Signal> NextAsync() => new(this, _next.Version);

    public void Grant(Attempt attempt)
    {
        Attempt = attempt;
        IsAwaited = false;
        _next.SetResult(new Signal(attempt, default));
    }

    public void End(RunResult result)
    {
        IsAwaited = false;
        _next.SetResult(new Signal(null, result));
    }

    public void CallerGone() => scheduler.Post(SchedulerEvent.CallerGone(item));

    Signal IValueTaskSource<Signal>.GetResult(short token)
    {
        Signal signal = _next.GetResult(token);
        _next.Reset();
        return signal;
    }

    ValueTaskSourceStatus IValueTaskSource<Signal>.GetStatus(short token) => _next.GetStatus(token);

    void IValueTaskSource<Signal>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _next.OnCompleted(continuation, state, token, flags);

    internal readonly record struct Signal(Attempt? Attempt, RunResult End);
}
