using Gateway.Scheduling;

namespace Gateway.Tests.Dispatching.Model;

/// <summary>The scheduler core behind the model's words. It also holds the core to I15's "at most one armed timer".</summary>
internal sealed class CoreModel(SchedulerOptions options) : ISchedulerModel
{
    private readonly List<WorkItem> _items = [];
    private readonly List<Effect> _effects = [];
    private long _armedAt = long.MaxValue;

    public SchedulerCore Core { get; } = new(options);

    public long? ArmedAt => _armedAt;

    public int LiveItems => Core.LiveItems;

    public ItemState StateOf(int item) => _items[item].State;

    public int PriorityOf(int item) => _items[item].Lane.Priority;

    public int RetriesOf(int item) => _items[item].Retries;

    public long SavedRetries => Core.SavedRetries;

    public SlotCounts CountsOf(int instance)
    {
        InstanceCapacity capacity = Core.Capacity[instance];
        return new SlotCounts(capacity.Running, capacity.Ending, capacity.Cooling, capacity.Leaked);
    }

    public void Step(in Act act, long now, List<Fx> effects)
    {
        if (now >= _armedAt || act.Kind == SchedulerEventKind.Tick)
        {
            _armedAt = long.MaxValue;
        }

        _effects.Clear();
        Core.Step(Event(act), now, _effects);
        int arms = 0;
        foreach (Effect effect in _effects)
        {
            if (effect.Kind == EffectKind.ArmTimer)
            {
                if (++arms > 1 || effect.Ticks >= _armedAt)
                {
                    throw new InvariantViolation("I15", "a timer is armed twice, or later than the one that is armed");
                }

                _armedAt = effect.Ticks;
            }
            else
            {
                effects.Add(new Fx(
                    effect.Kind, (int)effect.Item!.Sequence - 1, effect.Attempt, effect.Kind == EffectKind.Evict ? -1 : Instance(effect),
                    effect.Preemptible, effect.Cancellation, effect.End, effect.IsProbe));
            }
        }
    }

    private static int Instance(in Effect effect) => effect.Kind == EffectKind.Reject ? -1 : effect.Instance;

    private SchedulerEvent Event(in Act act) => act.Kind switch
    {
        SchedulerEventKind.Submit => SchedulerEvent.Submit(Add(act.Spec!)),
        SchedulerEventKind.CallerGone => SchedulerEvent.CallerGone(_items[act.Item]),
        SchedulerEventKind.Committed => SchedulerEvent.Committed(_items[act.Item], act.Attempt),
        SchedulerEventKind.Progress => SchedulerEvent.Progress(_items[act.Item], act.Attempt, act.Value),
        SchedulerEventKind.AttemptEnded =>
            SchedulerEvent.AttemptEnded(_items[act.Item], act.Attempt, act.Verdict, act.SlotHeld, act.Value, act.Retry),
        SchedulerEventKind.SlotReleased => SchedulerEvent.SlotReleased(_items[act.Item], act.Attempt),
        SchedulerEventKind.LimitChanged => SchedulerEvent.LimitChanged(act.Instance, (int)act.Value),
        SchedulerEventKind.GateChanged => SchedulerEvent.GateChanged(act.Instance, act.Gate, act.Value),
        SchedulerEventKind.WindowChanged => SchedulerEvent.WindowChanged(act.Instance, act.Priority, act.Value),
        SchedulerEventKind.WindowPassed => SchedulerEvent.WindowPassed(_items[act.Item], act.Attempt),
        SchedulerEventKind.TiersChanged => SchedulerEvent.TiersChanged(act.Tiers!),
        SchedulerEventKind.RoutingChanged => SchedulerEvent.RoutingChanged((RoutingStrategy)act.Value),
        SchedulerEventKind.TraitsChanged => SchedulerEvent.TraitsChanged(act.Instance, act.Traits!),
        SchedulerEventKind.TierPaused or SchedulerEventKind.TierResumed =>
            SchedulerEvent.TierPaused((int)act.Value, act.Kind == SchedulerEventKind.TierPaused),
        SchedulerEventKind.Removed => SchedulerEvent.Removed(_items[act.Item]),
        SchedulerEventKind.Promoted => SchedulerEvent.Promoted(_items[act.Item], act.Policy!),
        SchedulerEventKind.Rerouted => SchedulerEvent.Rerouted([.. act.Routes!.Select(route => new ItemRoute(_items[route.Item], route.Instances))]),
        SchedulerEventKind.Tick => SchedulerEvent.Tick(),
        SchedulerEventKind.Drain => SchedulerEvent.Drain(),
        _ => SchedulerEvent.DrainExpired(),
    };

    private WorkItem Add(ItemSpec spec)
    {
        var item = new WorkItem(spec.Policy, spec.Instances, spec.Bytes) { CallerDeadline = spec.CallerDeadline };
        _items.Add(item);
        return item;
    }
}
