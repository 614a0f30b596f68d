using System.Collections.Concurrent;
using System.Threading.Channels;

namespace Gateway.Scheduling;

/// <summary>
/// Runs a <see cref="SchedulerCore"/>: one loop takes events from a channel, steps the core, and carries the effects out. Nothing else
/// touches the core, and nothing of the submitters' runs on the loop.
/// </summary>
public sealed partial class Scheduler : IAsyncDisposable
{
    /// <summary>Events after which the loop lets go of the thread it borrowed.</summary>
    private const int MaxBatch = 256;

    private readonly SchedulerCore _core;
    private readonly TimeProvider _time;
    private readonly SchedulerCallbacks _callbacks;
    private readonly long _origin;
    private readonly ITimer _timer;
    private readonly Task _loop;
    private readonly List<Effect> _effects = [];
    private readonly HashSet<Ticket> _live = [];
    private readonly ConcurrentQueue<SnapshotRequest> _snapshots = new();
    private readonly ConcurrentQueue<RemovalRequest> _removals = new();
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _faulted;

    /// <summary>
    /// A submit on an idle scheduler runs the loop on the submitter's thread (synchronous continuations), so that an uncontended request
    /// is granted its slot without changing threads. Unbounded: producers are bounded by the requests that exist.
    /// </summary>
    private readonly Channel<SchedulerEvent> _events = Channel.CreateUnbounded<SchedulerEvent>(
        new UnboundedChannelOptions { SingleReader = true, AllowSynchronousContinuations = true });

    /// <summary>Starts the loop.</summary>
    /// <param name="options">Tiers and instances.</param>
    /// <param name="timeProvider">The clock and timer; default the system's.</param>
    /// <param name="callbacks">Who hears of faults and leaks; default nobody.</param>
    public Scheduler(SchedulerOptions options, TimeProvider? timeProvider = null, SchedulerCallbacks? callbacks = null)
    {
        _core = new SchedulerCore(options);
        _time = timeProvider ?? TimeProvider.System;
        _callbacks = callbacks ?? new SchedulerCallbacks();
        _origin = _time.GetTimestamp();
        _timer = _time.CreateTimer(
            static state => ((Scheduler)state!).Post(SchedulerEvent.Tick()), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _loop = RunLoopAsync();
    }

    /// <summary>
    /// Takes an item through the lanes, hands its attempts to the executor one after the other, and returns when it is over. When this
    /// returns, nothing of the item runs any more but, at most, the end of its upstream call.
    /// </summary>
    /// <param name="item">A new item; owned by the scheduler until this returns.</param>
    /// <param name="executor">Makes the attempts, on the awaiting flow.</param>
    /// <param name="callerGone">Fires when the caller goes away, in whatever state.</param>
    /// <returns>Executed, or why not.</returns>
    /// <exception cref="ArgumentOutOfRangeException">No tier has the item's priority.</exception>
    /// <exception cref="InvalidOperationException">The item was handed over before.</exception>
    public async ValueTask<RunResult> RunAsync(WorkItem item, IAttemptExecutor executor, CancellationToken callerGone)
    {
        ArgumentNullException.ThrowIfNull(item);
        ArgumentNullException.ThrowIfNull(executor);

        // What is wrong with an item is found here and not in the step, where it would close the scheduler for everybody.
        ThrowIfNoTier(item.Policy.Priority);
        var ticket = new Ticket(this, item, executor);
        if (!item.TryTake(ticket))
        {
            throw new InvalidOperationException("An item can be run once only.");
        }

        if (!Post(SchedulerEvent.Submit(item)))
        {
            return Faulted;
        }

        CancellationTokenRegistration registration =
            callerGone.UnsafeRegister(static state => ((Ticket)state!).CallerGone(), ticket);
        try
        {
            while (true)
            {
                Ticket.Signal signal = await ticket.NextAsync();
                if (signal.Attempt is null)
                {
                    return signal.End;
                }

                AttemptResult result;
                try
                {
                    result = await executor.ExecuteAsync(signal.Attempt);
                }
                catch
                {
                    // Whatever the executor throws, the slot must be given back first.
                    End(signal.Attempt, AttemptResult.Final);
                    throw;
                }

                if (Conclude(signal.Attempt, result) is { } end)
                {
                    return end;
                }
            }
        }
        finally
        {
            // Not Dispose: that waits for a callback under way, which may be running the loop for everybody. One that comes late is ignored.
            registration.Unregister();
        }
    }

    /// <summary>Reads the state between two steps.</summary>
    /// <param name="withItems">Also list the live items.</param>
    /// <param name="itemsPerTier">The most queued, the most running and the most sleeping ones to list of each tier, 1 or more. Default all.</param>
    public Task<SchedulerSnapshot> SnapshotAsync(bool withItems = false, int itemsPerTier = int.MaxValue)
    {
        var request = new SnapshotRequest(
            withItems ? itemsPerTier : 0, new TaskCompletionSource<SchedulerSnapshot>(TaskCreationOptions.RunContinuationsAsynchronously));
        _snapshots.Enqueue(request);
        if (!Post(SchedulerEvent.Tick()))
        {
            request.Completion.TrySetException(new ObjectDisposedException(nameof(Scheduler)));
        }

        return request.Completion.Task;
    }

    /// <summary>Takes nothing new, lets what was admitted finish, and after the limit ends what is left.</summary>
    /// <param name="limit">How long admitted items may take.</param>
    /// <param name="hurry">Ends the wait early.</param>
    /// <returns>True when everything ended within the limit by itself.</returns>
    public async Task<bool> DrainAsync(TimeSpan limit, CancellationToken hurry = default)
    {
        Post(SchedulerEvent.Drain());
        try
        {
            await _drained.Task.WaitAsync(limit, _time, hurry);
            return true;
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            Post(SchedulerEvent.DrainExpired());
            return false;
        }
    }

    /// <summary>
    /// Completes when a draining scheduler has ended every item for its submitter, and when one that met a fault or was disposed has, drain or
    /// not: neither takes anything any more. It does not wait for slots: an upstream call that is never seen to end must not hold the
    /// program up.
    /// </summary>
    public Task Drained => _drained.Task;

    /// <summary>Stops the loop. Items still live are ended as faulted; drain first.</summary>
    public async ValueTask DisposeAsync()
    {
        _events.Writer.TryComplete();
        await _loop;
        await _timer.DisposeAsync();
    }

    private static RunResult Faulted => new(false, EndReason.Faulted, TimeSpan.Zero);

    internal bool Post(in SchedulerEvent e) => _events.Writer.TryWrite(e);

    /// <summary>Ends one attempt. Null: the item is not over, and the ticket tells what comes next.</summary>
    private RunResult? Conclude(Attempt attempt, AttemptResult result)
    {
        if (attempt.IsCommitted || (result.Verdict == AttemptVerdict.Preempted && !attempt.IsRevoked))
        {
            // Something of a committed one may have reached its caller, who must not get it twice, whatever its executor says. One that says
            // it was interrupted and was not would go back to the head of its lane and start again for ever.
            result = result with { Verdict = AttemptVerdict.Final };
        }

        if (result.Verdict == AttemptVerdict.Final && !attempt.TryCommit())
        {
            // The loop interrupted it before it could tell its caller anything, so the end it met is nobody's business.
            result = result with { Verdict = AttemptVerdict.Preempted };
        }
        else if (result.Verdict == AttemptVerdict.Retry && attempt.IsRevoked && attempt.Reason == CancellationReason.Preempted)
        {
            result = result with { Verdict = AttemptVerdict.Preempted };
        }

        bool posted = End(attempt, result);
        return result.Verdict == AttemptVerdict.Final ? RunResult.Done : posted ? null : Faulted;
    }

    private bool End(Attempt attempt, in AttemptResult result)
    {
        // Null in a default result, which says Final and nothing to wait for.
        bool held = result.UpstreamEnded is { IsCompleted: false };
        long retryAt = result.Retry.After > TimeSpan.Zero ? SchedulerCore.After(Now(), result.Retry.After) : 0;
        bool posted = Post(SchedulerEvent.AttemptEnded(attempt.Item, attempt.Number, result.Verdict, held, retryAt, result.Retry));
        if (held)
        {
            _ = ReleaseWhenEndedAsync(attempt, result.UpstreamEnded);
        }

        return posted;
    }

    private async Task ReleaseWhenEndedAsync(Attempt attempt, Task upstreamEnded)
    {
        await upstreamEnded.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Post(SchedulerEvent.SlotReleased(attempt.Item, attempt.Number));
    }

    private long Now() => _time.GetElapsedTime(_origin).Ticks;
}
