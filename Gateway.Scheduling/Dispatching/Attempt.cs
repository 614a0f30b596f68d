using System.Diagnostics.CodeAnalysis;

namespace Gateway.Scheduling;

/// <summary>
/// One upstream call of an item, and the lease of the slot it runs in. The executor that it is handed to must return from
/// <see cref="IAttemptExecutor.ExecuteAsync"/> soon after <see cref="CancellationToken"/> fires.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "The loop may still revoke an attempt that just ended; a source without timer or handle needs no disposal.")]
public sealed class Attempt : IThreadPoolWorkItem
{
    private readonly Scheduler _scheduler;
    private readonly CancellationTokenSource _cancellation = new();
    private CommitGate _gate;
    private int _reason;

    internal Attempt(Scheduler scheduler, WorkItem item, int number, int instance, bool isPreemptible, bool isProbe)
    {
        _scheduler = scheduler;
        Item = item;
        Number = number;
        Instance = instance;
        IsPreemptible = isPreemptible;
        IsProbe = isProbe;
    }

    /// <summary>The item it is an attempt of.</summary>
    public WorkItem Item { get; }

    /// <summary>From 1; an attempt that was deferred gives its number back.</summary>
    public int Number { get; }

    /// <summary>Index of the instance to call.</summary>
    public int Instance { get; }

    /// <summary>More urgent work may interrupt it until it commits; until then nothing of it may reach the caller.</summary>
    public bool IsPreemptible { get; }

    /// <summary>
    /// The instance's window is scarce: nobody else is granted it before <see cref="PassWindow"/> was called or the attempt has ended.
    /// </summary>
    public bool IsProbe { get; }

    /// <summary>Fires when the attempt must stop. Give it to the send and to every read of the body.</summary>
    public CancellationToken CancellationToken => _cancellation.Token;

    /// <summary>Why the token fired; set before it fires.</summary>
    public CancellationReason Reason => (CancellationReason)Volatile.Read(ref _reason);

    /// <summary>It may no longer be interrupted, and something of it may have reached the caller: it must not be tried again.</summary>
    public bool IsCommitted => _gate.IsCommitted;

    internal bool IsRevoked => _gate.IsRevoked;

    /// <summary>
    /// Must be called before the first byte of this attempt goes to the caller. False: the attempt was interrupted, and nothing of it
    /// may be sent. From the first true on it can no longer be interrupted for more urgent work. Never runs the scheduler's loop.
    /// </summary>
    public bool TryCommit()
    {
        if (_gate.TryCommit(out bool mayWrite) && IsPreemptible)
        {
            // Posting from here could run the loop on the relay's thread while a byte waits. The event may come late, even after the
            // attempt's end, and is ignored then: the gate has settled the matter, the event only tells the core of it.
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: true);
        }

        return mayWrite;
    }

    /// <summary>The attempt is through its instance's window, or needs none: the next one may try.</summary>
    public void PassWindow()
    {
        if (IsProbe)
        {
            _scheduler.Post(SchedulerEvent.WindowPassed(Item, Number));
        }
    }

    void IThreadPoolWorkItem.Execute() => _scheduler.Post(SchedulerEvent.Committed(Item, Number));

    /// <summary>Stops the attempt for a reason of the executor's own, such as a time limit. Returns at once.</summary>
    /// <param name="reason">Why; the first reason stays.</param>
    public void Cancel(CancellationReason reason)
    {
        // The reason stands before the token fires, so that whoever sees the token can read why.
        if (Interlocked.CompareExchange(ref _reason, (int)reason, (int)CancellationReason.None) == (int)CancellationReason.None)
        {
            // Never inline: Cancel() would run other people's callbacks on the scheduler's loop.
            _ = _cancellation.CancelAsync();
        }
    }

    /// <summary>
    /// Reports the output tokens seen so far, for the account of wasted work. Coarse steps are enough, and advisable: the scheduler's
    /// loop may run on the calling thread for it, so it must not be called where bytes are waiting.
    /// </summary>
    /// <param name="tokens">Since the start of this attempt.</param>
    public void ReportProgress(long tokens) => _scheduler.Post(SchedulerEvent.Progress(Item, Number, tokens));

    /// <summary>Carries a revoke out. A preemption needs the gate; whoever lost it has committed and runs on.</summary>
    internal void Revoke(CancellationReason reason)
    {
        if (_gate.TryRevoke() || reason != CancellationReason.Preempted)
        {
            Cancel(reason);
        }
    }
}
