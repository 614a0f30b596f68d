using Gateway.Scheduling;

namespace Load.Replay;

/// <summary>
/// Drives a <see cref="SchedulerCore"/> through virtual time. It knows no scheduling rule: it submits what arrives, starts what is
/// granted, ends what is finished or revoked, and ticks when the core asked for it. The same input gives the same run.
/// </summary>
internal sealed class VirtualRun(SchedulerOptions scheduler, InterruptionOptions interruption)
{
    private static readonly InstanceSet OnlyInstance = InstanceSet.Of(0);

    private readonly SchedulerCore _core = new(scheduler);
    private readonly PriorityQueue<AttemptEnd, (long At, long Order)> _ends = new();
    private readonly List<Effect> _effects = [];
    private long _now;
    private long _tickAt = long.MaxValue;
    private long _lastOrder;

    /// <summary>Told about each item that the scheduler refused or gave up. Default none: then it is a fault of the run.</summary>
    public Action<SimulatedItem, EndReason>? Refused { get; init; }

    /// <summary>Runs until every item is done, or until the time given.</summary>
    /// <param name="arrivals">In the order of their arrival; taken one at a time, so that a generator can feed millions.</param>
    /// <param name="done">Told about each item at the end of its last attempt.</param>
    /// <param name="until">Events after this time do not happen.</param>
    /// <exception cref="InvalidOperationException">The scheduler refused an item and nobody wants to know, or it left one waiting for ever.</exception>
    public void Run(IEnumerable<SimulatedItem> arrivals, Action<SimulatedItem>? done = null, long until = long.MaxValue)
    {
        using IEnumerator<SimulatedItem> source = arrivals.GetEnumerator();
        SimulatedItem? arriving = source.MoveNext() ? source.Current : null;
        while (arriving is not null || _core.LiveItems > 0)
        {
            long endAt = _ends.TryPeek(out _, out (long At, long Order) end) ? end.At : long.MaxValue;
            long at = Math.Min(arriving?.ArrivesAt ?? long.MaxValue, Math.Min(endAt, _tickAt));
            if (at == long.MaxValue)
            {
                throw new InvalidOperationException($"{_core.LiveItems} items are live and nothing is left to happen.");
            }

            if (at > until)
            {
                return;
            }

            // Of events at one instant the ends come first, so that an arrival finds the slots that are free by then.
            _now = at;
            if (endAt == at)
            {
                End(_ends.Dequeue(), done);
            }
            else if (_tickAt == at)
            {
                _tickAt = long.MaxValue;
                Step(SchedulerEvent.Tick());
            }
            else
            {
                Submit(arriving!);
                arriving = source.MoveNext() ? source.Current : null;
            }
        }
    }

    private void Submit(SimulatedItem item)
    {
        item.Work = new WorkItem(scheduler.Tiers[item.Tier], OnlyInstance) { Tag = item };
        Step(SchedulerEvent.Submit(item.Work));
    }

    private void End(AttemptEnd end, Action<SimulatedItem>? done)
    {
        SimulatedItem item = end.Item;
        WorkItem work = item.Work!;
        ItemState expected = end.IsRevoked ? ItemState.Revoking : ItemState.Running;
        if (end.Attempt != work.Attempts || work.State != expected)
        {
            // The finish of an attempt that was revoked before it came: the answer is lost even if it was complete within the time
            // that the upstream takes to stop, as in the gateway.
            return;
        }

        if (end.IsRevoked)
        {
            long kept = interruption.KeptWork(item, end.Worked);
            item.Wasted += _now - item.StartedAt - kept;
            item.Needed = interruption.Redraw?.Invoke() ?? item.Needed - kept;
            Step(SchedulerEvent.AttemptEnded(work, end.Attempt, AttemptVerdict.Preempted));
            return;
        }

        item.DoneAt = _now;
        Step(SchedulerEvent.AttemptEnded(work, end.Attempt, AttemptVerdict.Final));
        done?.Invoke(item);
    }

    private void Step(in SchedulerEvent e)
    {
        _effects.Clear();
        _core.Step(e, _now, _effects);
        foreach (Effect effect in _effects)
        {
            CarryOut(effect);
        }
    }

    private void CarryOut(in Effect effect)
    {
        switch (effect.Kind)
        {
            case EffectKind.Grant:
                SimulatedItem granted = ItemOf(effect);
                granted.StartedAt = _now;
                Expect(new AttemptEnd(granted, effect.Attempt, IsRevoked: false, granted.Needed), _now + granted.Needed);
                break;
            case EffectKind.Revoke:
                SimulatedItem revoked = ItemOf(effect);
                long freeAt = _now + interruption.RevokeToFree.Ticks;
                Expect(new AttemptEnd(revoked, effect.Attempt, IsRevoked: true, Worked: _now - revoked.StartedAt), freeAt);
                break;
            case EffectKind.ArmTimer:
                _tickAt = effect.Ticks;
                break;
            case EffectKind.Reject or EffectKind.Evict when Refused is not null:
                Refused(ItemOf(effect), effect.End);
                break;
            case EffectKind.Reject or EffectKind.Evict or EffectKind.Leaked:
                throw new InvalidOperationException($"A simulation has no limits to run into, and yet: {effect.Kind}, {effect.End}.");
        }
    }

    private static SimulatedItem ItemOf(in Effect effect) => (SimulatedItem)effect.Item!.Tag!;

    private void Expect(in AttemptEnd end, long at) => _ends.Enqueue(end, (at, ++_lastOrder));

    /// <summary>The end of an attempt that lies ahead; stale when the attempt was revoked in between.</summary>
    /// <param name="Item">Whose attempt.</param>
    /// <param name="Attempt">Its number.</param>
    /// <param name="IsRevoked">It ends because it was told to.</param>
    /// <param name="Worked">How long it worked before it was told to.</param>
    private readonly record struct AttemptEnd(SimulatedItem Item, int Attempt, bool IsRevoked, long Worked);
}
