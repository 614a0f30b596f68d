namespace Gateway.Scheduling;

/// <summary>
/// One request on its way through the scheduler. The caller makes it and hands it over with <see cref="Scheduler.RunAsync"/>; from then on
/// only the scheduler's single writer changes it, until it is <see cref="ItemState.Done"/>.
/// </summary>
public sealed class WorkItem
{
    private Ticket? _ticket;

    /// <summary>Makes an item that waits in the lane of its policy.</summary>
    /// <param name="policy">The policy of the port it arrived on.</param>
    /// <param name="instances">The instances able to serve it.</param>
    /// <param name="bytes">Body bytes it holds while it waits, for the lane's byte bound.</param>
    public WorkItem(TierPolicy policy, InstanceSet instances, long bytes = 0)
    {
        ArgumentNullException.ThrowIfNull(policy);
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        Policy = policy;
        QueueTimeout = policy.QueueTimeout;
        Instances = instances;
        Bytes = bytes;
    }

    /// <summary>The policy of the port it arrived on, or of the more urgent one it was promoted to.</summary>
    public TierPolicy Policy { get; internal set; }

    /// <summary>The instances able to serve it, now.</summary>
    public InstanceSet Instances { get; internal set; }

    /// <summary>Body bytes it holds while it waits.</summary>
    public long Bytes { get; }

    /// <summary>Estimated input tokens, lost with each discarded attempt. Default 0.</summary>
    public long EstimatedTokens { get; init; }

    /// <summary>How long after its arrival its caller stops being interested; waiting beyond is ended with <see cref="EndReason.DeadlineExceeded"/>. Default none.</summary>
    public TimeSpan? CallerDeadline { get; init; }

    /// <summary>Anything the submitter wants to find again in snapshots. Not looked at.</summary>
    public object? Tag { get; init; }

    /// <summary>Order of arrival, from 1; kept over requeues and retries.</summary>
    public long Sequence { get; internal set; }

    /// <summary>Where it stands.</summary>
    public ItemState State { get; internal set; }

    /// <summary>Number of the running or last attempt, from 1; 0 before the first. A deferred one gives its number back with its slot.</summary>
    public int Attempts { get; internal set; }

    /// <summary>How often an attempt of it was preempted.</summary>
    public int Preemptions { get; internal set; }

    /// <summary>Priority of the tier that its last interrupted attempt gave way to. Stands before the attempt's token fires; null when none was interrupted.</summary>
    public int? PreemptedBy { get; internal set; }

    /// <summary>New attempts after a failure, on the same instance or another.</summary>
    public int Retries { get; internal set; }

    /// <summary>The instance of its running or last attempt; -1 before the first.</summary>
    public int Instance { get; internal set; } = -1;

    /// <summary>
    /// Time it spent waiting so far, in ticks of 100 ns, up to its last grant or its eviction; sleeping and waiting for the end of a
    /// discarded attempt's call included.
    /// </summary>
    public long WaitedTicks { get; internal set; }

    /// <summary>Slot time of its discarded attempts, in ticks of 100 ns.</summary>
    public long WastedTicks { get; internal set; }

    /// <summary>Tokens of its discarded attempts.</summary>
    public long WastedTokens { get; internal set; }

    /// <summary>False when the item was handed to a scheduler before.</summary>
    internal bool TryTake(Ticket ticket) => Interlocked.CompareExchange(ref _ticket, ticket, null) is null;

    internal ItemLinks PlaceLinks;
    internal ItemLinks VictimLinks;

    internal Lane Lane { get; set; } = null!;

    internal RouteGroup? Group { get; set; }

    internal Ticket? Ticket => _ticket;

    /// <summary>Of the port it arrived on: a promotion must not end an item earlier.</summary>
    internal TimeSpan QueueTimeout { get; }

    internal long ArrivedAt { get; set; }

    /// <summary>Start of the present wait (queued, sleeping, or closing with a verdict that is not final).</summary>
    internal long WaitingSince { get; set; }

    internal long StartedAt { get; set; }

    /// <summary>Start of the attempt less its seniority.</summary>
    internal long EffectiveStart { get; set; }

    /// <summary>Grants before it and its own, to order attempts that started at one instant.</summary>
    internal long GrantOrder { get; set; }

    /// <summary>From when on it may interrupt others, as computed when it came into its lane.</summary>
    internal long PatienceEnd { get; set; }

    /// <summary>Its first grant has added to the retry budget; it has a first attempt once only, also when that was deferred.</summary>
    internal bool HasEarned { get; set; }

    internal bool IsEntitled { get; set; }

    internal bool IsVictim { get; set; }

    internal bool IsCommitted { get; set; }

    internal bool IsCallerGone { get; set; }

    internal bool IsLeaked { get; set; }

    /// <summary>Its submitter has the end; at most its slot is left to come back.</summary>
    internal bool IsOver { get; set; }

    /// <summary>Why its attempt was told to stop.</summary>
    internal CancellationReason RevokeReason { get; set; }

    /// <summary>What follows once the upstream call has been seen to end.</summary>
    internal AttemptVerdict Verdict { get; set; }

    /// <summary>What may follow its failed attempt, and from when on the instance that failed may be tried again.</summary>
    internal RetryAdvice Advice { get; set; }

    internal long RetryAt { get; set; }

    /// <summary>Instances that failed for it and are left alone until <see cref="WakesAt"/>.</summary>
    internal InstanceSet Avoided { get; set; }

    /// <summary>When it stops sleeping, or avoiding; <see cref="long.MaxValue"/> = never.</summary>
    internal long WakesAt { get; set; }

    /// <summary>Where it may be granted now: the key of its route group.</summary>
    internal InstanceSet Route => new(Instances.Bits & ~Avoided.Bits);

    /// <summary>Where it may still be granted one day.</summary>
    internal InstanceSet Reach => Avoided.IsEmpty || WakesAt != long.MaxValue ? Instances : Route;

    /// <summary>Output tokens that the running attempt has reported.</summary>
    internal long ProgressTokens { get; set; }

    /// <summary>Changes with every state, so that timers of an earlier state are recognised as stale.</summary>
    internal int TimerStamp { get; set; }

    internal int PendingTimers { get; set; }
}
