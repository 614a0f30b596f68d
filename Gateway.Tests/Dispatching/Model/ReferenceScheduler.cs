using Gateway.Scheduling;

namespace Gateway.Tests.Dispatching.Model;

/// <summary>
/// The scheduling policy in its plainest form: one list of items, every decision a search through all of it. Slow and obviously
/// right, written from the policy and not from the core; a defect can be switched on to prove the checker.
/// </summary>
internal sealed partial class ReferenceScheduler : ISchedulerModel
{
    private static int _callsOfAll;

    private readonly SchedulerOptions _options;
    private readonly ReferenceDefect _defect;
    private readonly List<ReferenceItem> _items = [];
    private readonly List<ReferenceItem> _live = [];
    private readonly int[] _limits = new int[8];
    private readonly long[,] _closedUntil = new long[8, 2];
    private readonly List<(int Instance, long Until)> _cooling = [];
    private readonly int[] _grantsSinceStarved = [3, 3, 3, 3, 3, 3, 3, 3];
    private readonly InstanceTraits[] _traits = [.. Enumerable.Repeat(InstanceTraits.Default, 8)];
    private readonly long[] _credit = new long[8];
    private readonly HashSet<int> _paused = [];
    private readonly int[] _freedTwice = new int[8];

    private IReadOnlyList<TierPolicy> _tiers;
    private RoutingStrategy _strategy;
    private List<Fx> _effects = [];
    private long _now;
    private int _grants;
    private double? _meanService;
    private bool _draining;
    private bool _drainExpired;

    public ReferenceScheduler(SchedulerOptions options, ReferenceDefect defect = ReferenceDefect.None)
    {
        _options = options;
        _defect = defect;
        _tiers = options.Tiers;
        for (int i = 0; i < options.InstanceLimits.Count; i++)
        {
            _limits[i] = options.InstanceLimits[i];
        }

        options.InstanceTraits.ToArray().CopyTo(_traits, 0);
        _strategy = options.Routing;
    }

    public long? ArmedAt => null;

    public int LiveItems => _live.Count;

    public ItemState StateOf(int item) => _items[item].State;

    public int PriorityOf(int item) => _items[item].Policy.Priority;

    public int RetriesOf(int item) => _items[item].Retries;

    public SlotCounts CountsOf(int instance)
    {
        List<ReferenceItem> holders = [.. _live.Where(item => item.HoldsSlot && item.Instance == instance)];
        return new SlotCounts(
            holders.Count(item => item is { State: ItemState.Running, Leaked: false }) - _freedTwice[instance],
            holders.Count(item => item is { State: not ItemState.Running, Leaked: false }),
            _cooling.Count(slot => slot.Instance == instance),
            holders.Count(item => item.Leaked));
    }

    public void Step(in Act act, long now, List<Fx> effects)
    {
        _now = now;
        _effects = effects;
        _live.RemoveAll(item => item.State == ItemState.Done);
        FireWhatIsDue();
        Handle(act);
        GrantFreeSlots();
        if (act.Kind == SchedulerEventKind.Submit)
        {
            RejectWithoutRoom(_items[^1]);
        }

        InterruptForWaiters();
        _live.RemoveAll(item => item.State == ItemState.Done);
    }

    private bool Has(ReferenceDefect defect) => _defect == defect;

    private void FireWhatIsDue()
    {
        foreach (ReferenceItem item in _live.ToList())
        {
            if (item.State == ItemState.Sleeping && item.WakesAt <= _now && !Has(ReferenceDefect.SleeperNeverWakes))
            {
                Enqueue(item);
            }

            if (item.State == ItemState.Queued && item.WakesAt - (Has(ReferenceDefect.WidenedEarly) ? TimeSpan.TicksPerMillisecond : 0) <= _now
                && !Has(ReferenceDefect.NeverWidened))
            {
                item.Avoided = InstanceSet.Empty;
            }

            long early = Has(ReferenceDefect.EvictedEarly) ? TimeSpan.TicksPerMillisecond : 0;
            if (item.Waits && item.WaitLimit - early <= _now && !Has(ReferenceDefect.ExpiredNeverEvicted)
                && !(item.State == ItemState.Closing && Has(ReferenceDefect.ClosingNeverExpires)))
            {
                EndReason reason = item.CallerDeadline <= _now ? EndReason.DeadlineExceeded : EndReason.Expired;
                EndWaiting(item, reason);
                if (Has(ReferenceDefect.ExpiredEvictedTwice))
                {
                    _effects.Add(_effects[^1]);
                }
            }

            if (item is { State: ItemState.Revoking or ItemState.Closing, Leaked: false }
                && item.EndingSince + _options.CancelConfirmTimeout.Ticks <= _now && !Has(ReferenceDefect.LeakNotReported))
            {
                item.Leaked = true;
                _effects.Add(new Fx(EffectKind.Leaked, item.Spec.Id, item.Attempt, item.Instance));
            }
        }

        _cooling.RemoveAll(slot => slot.Until <= _now && !Has(ReferenceDefect.CoolingForgotten));
    }

    private void Handle(in Act act)
    {
        ReferenceItem? item = act.Item >= 0 ? _items[act.Item] : null;
        bool isLive = item?.Attempt == act.Attempt && item.State is ItemState.Running or ItemState.Revoking;
        switch (act.Kind)
        {
            case SchedulerEventKind.Submit:
                Submit(new ReferenceItem(act.Spec!));
                break;
            case SchedulerEventKind.CallerGone:
                LoseCaller(item!);
                break;
            case SchedulerEventKind.Committed when isLive:
                Commit(item!);
                break;
            case SchedulerEventKind.Committed when item!.State == ItemState.Closing && Has(ReferenceDefect.LateCommitRevives):
                item.State = ItemState.Running;
                break;
            case SchedulerEventKind.AttemptEnded when isLive:
                EndAttempt(item!, act);
                break;
            case SchedulerEventKind.SlotReleased when item!.State == ItemState.Closing && item.Attempt == act.Attempt:
                FreeSlotAndGoOn(item);
                break;
            case SchedulerEventKind.LimitChanged:
                _limits[act.Instance] = (int)act.Value;
                EvictForTheDead(act.Instance);
                break;
            case SchedulerEventKind.GateChanged:
                _closedUntil[act.Instance, (int)act.Gate] = act.Value;
                EvictForTheDead(act.Instance);
                break;
            case SchedulerEventKind.WindowChanged:
                ChangeWindow(act);
                break;
            case SchedulerEventKind.WindowPassed when isLive:
                PassWindow(item!);
                break;
            case SchedulerEventKind.TiersChanged:
                _tiers = act.Tiers!;
                break;
            case SchedulerEventKind.RoutingChanged or SchedulerEventKind.TraitsChanged:
                ChangeRouting(act);
                break;
            case SchedulerEventKind.TierPaused when !_draining:
                _paused.Add((int)act.Value);
                break;
            case SchedulerEventKind.TierResumed when !Has(ReferenceDefect.PauseNeverEnds):
                _paused.Remove((int)act.Value);
                break;
            case SchedulerEventKind.Removed:
                Remove(item!);
                break;
            case SchedulerEventKind.Promoted:
                Promote(item!, act.Policy!);
                break;
            case SchedulerEventKind.Rerouted:
                Reroute(act.Routes!);
                break;
            case SchedulerEventKind.Drain:
                StartDraining();
                break;
            case SchedulerEventKind.DrainExpired:
                ExpireDrain();
                break;
        }
    }

    private bool IsOpen(int instance) =>
        Has(ReferenceDefect.ClosedGateIgnored) || Enumerable.Range(0, 2).All(gate => _closedUntil[instance, gate] <= _now);

    private bool IsAlive(int instance) => _limits[instance] > 0 && _closedUntil[instance, (int)GateKind.Circuit] <= _now;

    private bool AreDead(InstanceSet instances) => !Enumerable.Range(0, _limits.Length).Any(i => instances.Contains(i) && IsAlive(i));

    private IEnumerable<ReferenceItem> Queued => _live.Where(item => item.State == ItemState.Queued);

    /// <summary>Queued, and its tier may be granted something.</summary>
    private IEnumerable<ReferenceItem> Ready =>
        Queued.Where(item => !_paused.Contains(item.Policy.Priority) || Has(ReferenceDefect.PauseIgnored));

    private int Free(int instance)
    {
        int taken = _live.Count(item => item.HoldsSlot && item.Instance == instance && !(
            (Has(ReferenceDefect.RevokingSlotCountsAsFree) && item.State == ItemState.Revoking)
            || (Has(ReferenceDefect.ClosingSlotCountsAsFree) && item.State == ItemState.Closing)
            || (Has(ReferenceDefect.LeakedSlotCountsAsFree) && item.Leaked)));
        int cooling = Has(ReferenceDefect.CoolingSlotCountsAsFree) ? 0 : _cooling.Count(slot => slot.Instance == instance);
        return _limits[instance] - taken - cooling + _freedTwice[instance];
    }

    private List<int> Usable(ReferenceItem item) => [.. Enumerable.Range(0, _limits.Length)
        .Where(i => item.Route.Contains(i) && Free(i) > 0 && IsUsableBy(item.Policy.Priority, i))];

    /// <summary>Different at every call of the process: what a scheduler must never depend on.</summary>
    private bool Coin() => Has(ReferenceDefect.NotDeterministic) && Interlocked.Increment(ref _callsOfAll) % 3 == 0;
}
