namespace Gateway.Scheduling;

/// <summary>One event for <see cref="SchedulerCore.Step"/>. Made by the named factories only.</summary>
public readonly record struct SchedulerEvent
{
    /// <summary>One reference for what only rare kinds carry, because every event is copied through the channel.</summary>
    private readonly object? _content;

    private SchedulerEvent(SchedulerEventKind kind, object content)
    {
        Kind = kind;
        _content = content;
    }

    /// <summary>What happened.</summary>
    public SchedulerEventKind Kind { get; private init; }

    /// <summary>The item it happened to, if it happened to one.</summary>
    public WorkItem? Item { get; private init; }

    /// <summary>The attempt's number; an event for an older attempt is ignored.</summary>
    public int Attempt { get; private init; }

    /// <summary>What the attempt's end means.</summary>
    public AttemptVerdict Verdict { get; private init; }

    /// <summary>True when the slot stays taken until <see cref="SchedulerEventKind.SlotReleased"/>.</summary>
    public bool SlotHeld { get; private init; }

    /// <summary>The instance concerned.</summary>
    public int Instance { get; private init; }

    /// <summary>The gate concerned.</summary>
    public GateKind Gate { get; private init; }

    /// <summary>For <see cref="SchedulerEventKind.WindowChanged"/>: the most urgent tier concerned.</summary>
    public int Priority { get; private init; }

    /// <summary>Tokens, a limit, a priority, a strategy, or a time in ticks, depending on the kind.</summary>
    public long Value { get; private init; }

    /// <summary>What may follow a failed attempt; its time counts as <see cref="Value"/>.</summary>
    public RetryAdvice Retry { get; private init; }

    /// <summary>The new policies, for <see cref="SchedulerEventKind.TiersChanged"/>.</summary>
    public IReadOnlyList<TierPolicy>? Tiers => _content as IReadOnlyList<TierPolicy>;

    /// <summary>The new policy of the item, for <see cref="SchedulerEventKind.Promoted"/>.</summary>
    public TierPolicy? Policy => _content as TierPolicy;

    /// <summary>The new traits of the instance, for <see cref="SchedulerEventKind.TraitsChanged"/>.</summary>
    public InstanceTraits? Traits => _content as InstanceTraits;

    /// <summary>The items and their new instances, for <see cref="SchedulerEventKind.Rerouted"/>.</summary>
    public IReadOnlyList<ItemRoute>? Routes => _content as IReadOnlyList<ItemRoute>;

    /// <summary>An item arrives. The core owns it from here on.</summary>
    public static SchedulerEvent Submit(WorkItem item) => new() { Kind = SchedulerEventKind.Submit, Item = item };

    /// <summary>The item's caller went away; ignored when the item is over.</summary>
    public static SchedulerEvent CallerGone(WorkItem item) => new() { Kind = SchedulerEventKind.CallerGone, Item = item };

    /// <summary>Content of the attempt reached the caller: it is no victim any more.</summary>
    public static SchedulerEvent Committed(WorkItem item, int attempt) =>
        new() { Kind = SchedulerEventKind.Committed, Item = item, Attempt = attempt };

    /// <summary>The attempt has produced so many output tokens so far.</summary>
    public static SchedulerEvent Progress(WorkItem item, int attempt, long tokens) =>
        new() { Kind = SchedulerEventKind.Progress, Item = item, Attempt = attempt, Value = tokens };

    /// <summary>The attempt has its verdict.</summary>
    /// <param name="item">The item.</param>
    /// <param name="attempt">Its number.</param>
    /// <param name="verdict">What it means for the item.</param>
    /// <param name="slotHeld">True when the upstream call has not been seen to end; a <see cref="SlotReleased"/> must follow.</param>
    /// <param name="retryAt">For <see cref="AttemptVerdict.Retry"/>: not on this instance before this time, in ticks.</param>
    /// <param name="retry">For <see cref="AttemptVerdict.Retry"/>: what may follow; its own time is not looked at.</param>
    public static SchedulerEvent AttemptEnded(
        WorkItem item, int attempt, AttemptVerdict verdict, bool slotHeld = false, long retryAt = 0, RetryAdvice retry = default) =>
        new()
        {
            Kind = SchedulerEventKind.AttemptEnded,
            Item = item,
            Attempt = attempt,
            Verdict = verdict,
            SlotHeld = slotHeld,
            Value = retryAt,
            Retry = retry,
        };

    /// <summary>The upstream call of an attempt that ended with its slot held has been seen to end.</summary>
    public static SchedulerEvent SlotReleased(WorkItem item, int attempt) =>
        new() { Kind = SchedulerEventKind.SlotReleased, Item = item, Attempt = attempt };

    /// <summary>The instance has so many slots from now on; running attempts are never cut for it.</summary>
    public static SchedulerEvent LimitChanged(int instance, int limit) =>
        new() { Kind = SchedulerEventKind.LimitChanged, Instance = instance, Value = limit };

    /// <summary>The gate is closed until a time in ticks: 0 opens it, <see cref="long.MaxValue"/> closes it until told otherwise.</summary>
    public static SchedulerEvent GateChanged(int instance, GateKind gate, long closedUntil) =>
        new() { Kind = SchedulerEventKind.GateChanged, Instance = instance, Gate = gate, Value = closedUntil };

    /// <summary>
    /// The window is closed for the tier and all less urgent ones until a time in ticks, or later if it was closed for longer; 0 opens it
    /// for all.
    /// </summary>
    public static SchedulerEvent WindowChanged(int instance, int fromPriority, long closedUntil) =>
        new() { Kind = SchedulerEventKind.WindowChanged, Instance = instance, Priority = fromPriority, Value = closedUntil };

    /// <summary>The attempt is through its instance's window; the next one may try.</summary>
    public static SchedulerEvent WindowPassed(WorkItem item, int attempt) =>
        new() { Kind = SchedulerEventKind.WindowPassed, Item = item, Attempt = attempt };

    /// <summary>The ports' policies changed; their priorities must be the ones the core was made with.</summary>
    public static SchedulerEvent TiersChanged(IReadOnlyList<TierPolicy> tiers) =>
        new(SchedulerEventKind.TiersChanged, tiers);

    /// <summary>Instances are picked by another strategy from now on.</summary>
    public static SchedulerEvent RoutingChanged(RoutingStrategy strategy) =>
        new() { Kind = SchedulerEventKind.RoutingChanged, Value = (long)strategy };

    /// <summary>The instance has these traits from now on.</summary>
    public static SchedulerEvent TraitsChanged(int instance, InstanceTraits traits) =>
        new(SchedulerEventKind.TraitsChanged, traits) { Instance = instance, Value = traits.Weight };

    /// <summary>The tier takes items and grants none, or grants them again. Ignored while draining.</summary>
    public static SchedulerEvent TierPaused(int priority, bool paused) =>
        new() { Kind = paused ? SchedulerEventKind.TierPaused : SchedulerEventKind.TierResumed, Value = priority };

    /// <summary>An operator takes the item out; ignored unless it is queued or sleeping.</summary>
    public static SchedulerEvent Removed(WorkItem item) => new() { Kind = SchedulerEventKind.Removed, Item = item };

    /// <summary>The item moves to the policy's tier; ignored unless that is more urgent.</summary>
    public static SchedulerEvent Promoted(WorkItem item, TierPolicy policy) =>
        new(SchedulerEventKind.Promoted, policy) { Item = item, Value = policy.Priority };

    /// <summary>Other instances than before are able to serve these items; those that are over are ignored.</summary>
    public static SchedulerEvent Rerouted(IReadOnlyList<ItemRoute> routes) => new(SchedulerEventKind.Rerouted, routes);

    /// <summary>Time has passed.</summary>
    public static SchedulerEvent Tick() => new() { Kind = SchedulerEventKind.Tick };

    /// <summary>Take nothing new.</summary>
    public static SchedulerEvent Drain() => new() { Kind = SchedulerEventKind.Drain };

    /// <summary>End everything.</summary>
    public static SchedulerEvent DrainExpired() => new() { Kind = SchedulerEventKind.DrainExpired };
}
