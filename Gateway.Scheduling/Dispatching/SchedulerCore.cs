namespace Gateway.Scheduling;

/// <summary>
/// The scheduler's decisions as a pure step function: the same events at the same times give the same effects. No task, timer,
/// token or log; not thread-safe (one writer). In steady state a step allocates nothing.
/// </summary>
/// <remarks>Times are ticks of 100 ns on any clock that never goes back. The caller carries the effects out, in order, after the step.</remarks>
public sealed partial class SchedulerCore
{
    private readonly SchedulerOptions _options;
    private readonly Lane[] _lanes;
    private readonly CapacityTable _capacity;
    private readonly InstancePicker _picker;
    private readonly VictimPolicy _victims;
    private readonly ComingSlots _comingSlots;
    private readonly Starvation _starvation = new();
    private readonly ServiceTimeEstimator _service = new();
    private readonly RetryBudget _retries;
    private readonly TimerQueue _timers = new();
    private readonly Journal _journal = new();

    private List<Effect> _effects = [];
    private long _now;
    private long _armedAt = long.MaxValue;
    private long _lastSequence;
    private long _grants;
    private bool _draining;
    private bool _drainExpired;

    /// <summary>Makes a core with empty lanes.</summary>
    /// <param name="options">Tiers and instances.</param>
    /// <exception cref="ArgumentException">No tier, or more than 64 instances, or a negative limit.</exception>
    public SchedulerCore(SchedulerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Tiers.Count == 0)
        {
            throw new ArgumentException("At least one tier is needed.", nameof(options));
        }

        _options = options;
        _lanes = [.. options.Tiers.Select(tier => tier.Priority).Distinct().Order().Select((priority, rank) => new Lane(priority, rank))];
        _capacity = new CapacityTable(options.InstanceLimits, _lanes.Length);
        _picker = new InstancePicker(_capacity, options.Routing);
        for (int i = 0; i < options.InstanceTraits.Count; i++)
        {
            InstanceTraits.ThrowIfInvalid(options.InstanceTraits[i]);
            _picker.SetTraits(i, options.InstanceTraits[i]);
        }

        _victims = new VictimPolicy(options.VictimOrder, _capacity);
        _comingSlots = new ComingSlots(_capacity);
        _retries = new RetryBudget(options.RetryBudget, options.RetryFloor);
        SetPreemptible(options.Tiers);
    }

    /// <summary>Items that are not over, the ones whose slot is not free yet included.</summary>
    public int LiveItems { get; private set; }

    /// <summary>Items whose submitter does not have the end yet; the other live ones hold nothing but a slot.</summary>
    internal int OpenItems { get; private set; }

    /// <summary>The last events and effects, oldest first, for the report of a fault.</summary>
    public Journal Journal => _journal;

    internal IReadOnlyList<Lane> Lanes => _lanes;

    internal CapacityTable Capacity => _capacity;

    internal ServiceTimeEstimator Service => _service;

    /// <summary>What is left of the retry budget, in its units.</summary>
    internal long SavedRetries => _retries.Saved(_now);

    internal bool IsDraining => _draining;

    internal int TimerCount => _timers.Count;

    /// <summary>Takes one event and appends what must be done to <paramref name="effects"/>.</summary>
    /// <param name="e">What happened.</param>
    /// <param name="now">The time in ticks; earlier than the last step's counts as the last step's.</param>
    /// <param name="effects">Receives the effects; the caller clears it.</param>
    /// <exception cref="InvalidOperationException">An item was submitted twice or to a priority that has no lane.</exception>
    public void Step(in SchedulerEvent e, long now, List<Effect> effects)
    {
        ArgumentNullException.ThrowIfNull(effects);
        _effects = effects;
        _now = Math.Max(now, _now);
        int firstEffect = effects.Count;
        _journal.Record(e, e.Kind == SchedulerEventKind.Submit ? _lastSequence + 1 : e.Item?.Sequence ?? 0, _now);

        FireDueTimers(isTick: e.Kind == SchedulerEventKind.Tick);
        Handle(e);
        GrantFreeSlots();
        if (e.Kind == SchedulerEventKind.Submit)
        {
            // Before anybody is interrupted for it: an item that finds no room has no claim.
            AdmitOrReject(e.Item!);
        }

        PreemptForWaiters();

        ArmTimer();
        for (int i = firstEffect; i < effects.Count; i++)
        {
            _journal.Record(effects[i], _now);
        }
    }

    private void Handle(in SchedulerEvent e)
    {
        switch (e.Kind)
        {
            case SchedulerEventKind.Submit:
                OnSubmit(e.Item!);
                break;
            case SchedulerEventKind.CallerGone:
                OnCallerGone(e.Item!);
                break;
            case SchedulerEventKind.Committed when IsLive(e):
                OnCommitted(e.Item!);
                break;
            case SchedulerEventKind.Progress when IsLive(e):
                e.Item!.ProgressTokens = e.Value;
                break;
            case SchedulerEventKind.AttemptEnded when IsLive(e):
                OnAttemptEnded(e.Item!, e);
                break;
            case SchedulerEventKind.SlotReleased when e.Item!.Attempts == e.Attempt && e.Item.State == ItemState.Closing:
                ReleaseSlot(e.Item);
                FollowVerdict(e.Item);
                break;
            case SchedulerEventKind.LimitChanged:
                OnLimitChanged(e.Instance, (int)e.Value);
                break;
            case SchedulerEventKind.GateChanged:
                OnGateChanged(e.Instance, e.Gate, e.Value);
                break;
            case SchedulerEventKind.WindowChanged:
                OnWindowChanged(e.Instance, e.Priority, e.Value);
                break;
            case SchedulerEventKind.WindowPassed when IsLive(e):
                OnWindowPassed(e.Item!);
                break;
            case SchedulerEventKind.TiersChanged:
                SetPreemptible(e.Tiers!);
                break;
            case SchedulerEventKind.RoutingChanged:
                _picker.SetStrategy((RoutingStrategy)e.Value);
                break;
            case SchedulerEventKind.TraitsChanged:
                _picker.SetTraits(e.Instance, e.Traits!);
                break;
            case SchedulerEventKind.TierPaused or SchedulerEventKind.TierResumed:
                LaneOf((int)e.Value).IsPaused = e.Kind == SchedulerEventKind.TierPaused && !_draining;
                break;
            case SchedulerEventKind.Removed when e.Item!.State is ItemState.Queued or ItemState.Sleeping:
                EndWaiting(e.Item, EndReason.Removed);
                break;
            case SchedulerEventKind.Promoted:
                Promote(e.Item!, e.Policy!);
                break;
            case SchedulerEventKind.Rerouted:
                OnRerouted(e.Routes!);
                break;
            case SchedulerEventKind.Drain:
                StartDraining();
                break;
            case SchedulerEventKind.DrainExpired:
                OnDrainExpired();
                break;
        }
    }

    /// <summary>The event speaks of the item's present attempt, and that has no verdict yet.</summary>
    private static bool IsLive(in SchedulerEvent e) =>
        e.Item!.Attempts == e.Attempt && e.Item.State is ItemState.Running or ItemState.Revoking;

    private void OnCommitted(WorkItem item)
    {
        item.IsCommitted = true;
        item.Lane.RemoveVictim(item);
        if (item.State == ItemState.Revoking && item.RevokeReason == CancellationReason.Preempted)
        {
            // The relay won the commit gate before the revoke reached it: the attempt was never disturbed.
            _timers.Abandon(item);
            item.RevokeReason = CancellationReason.None;
            item.State = ItemState.Running;
            InstanceCapacity capacity = _capacity[item.Instance];
            if (item.IsLeaked)
            {
                item.IsLeaked = false;
                capacity.Leaked--;
            }
            else
            {
                capacity.Ending--;
            }

            capacity.Running++;
            if (item.IsCallerGone || _drainExpired)
            {
                // What came while it seemed to stop anyway has told nobody yet.
                Revoke(item, item.IsCallerGone ? CancellationReason.CallerGone : CancellationReason.Draining);
            }
        }
    }

    private void OnCallerGone(WorkItem item)
    {
        if (item.State is ItemState.New or ItemState.Done)
        {
            return;
        }

        item.IsCallerGone = true;
        switch (item.State)
        {
            case ItemState.Queued or ItemState.Sleeping:
                EndWaiting(item, EndReason.CallerGone);
                break;
            case ItemState.Running:
                Revoke(item, CancellationReason.CallerGone);
                break;
            case ItemState.Closing when !item.IsOver:
                EndClosing(item, EndReason.CallerGone);
                break;
        }
    }

    private void OnAttemptEnded(WorkItem item, in SchedulerEvent e)
    {
        item.Verdict = e.Verdict;
        if (e.Verdict == AttemptVerdict.Retry)
        {
            item.Advice = e.Retry;
            item.RetryAt = e.Value;
        }

        item.WaitingSince = _now;
        item.Lane.RemoveVictim(item);
        EndProbe(item);
        if (e.Verdict == AttemptVerdict.Deferred)
        {
            Undo(item);
        }

        if (e.SlotHeld)
        {
            KeepSlot(item);
            return;
        }

        ReleaseSlot(item);
        FollowVerdict(item);
    }

    /// <summary>
    /// An item that is to be tried again must wait for its slot, since its next attempt may not overlap this one (I2). Its caller
    /// need not: what ends any other wait ends this one too.
    /// </summary>
    private void KeepSlot(WorkItem item)
    {
        if (item.State == ItemState.Running)
        {
            MoveToEnding(item);
        }

        item.State = ItemState.Closing;
        if (item.Verdict == AttemptVerdict.Final)
        {
            Conclude(item);
        }
        else if (ReasonToEnd(item) is var reason and not EndReason.None)
        {
            EndClosing(item, reason);
        }
        else
        {
            ArmWaitLimit(item);
        }
    }
}
