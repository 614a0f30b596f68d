using Gateway.Scheduling;

namespace Gateway.Tests.Dispatching.Model;

/// <summary>
/// Turns plain numbers into acts that make sense in the present state, so that random runs reach the rare states and shrink well.
/// It plays the submitters, the executors (who keep their contract) and the clock.
/// </summary>
internal sealed class Director(ModelRun run)
{
    private const int MostLiveItems = 22;
    private Dice _dice = new(1);

    private Ledger Ledger => run.Ledger;

    public void Act(int number)
    {
        _dice = new Dice((ulong)number);
        PassTime();
        int draw = _dice.Next(1000);
        Act? act = draw switch
        {
            < 210 => null,
            < 225 => Window(),
            < 245 => Defer(),
            < 270 => Pass(),
            < 400 => Finish(),
            < 580 => EndRevoked(),
            < 640 => Commit(ItemState.Running),
            < 700 => Commit(ItemState.Revoking),
            < 715 => On(Any(static item => item is { State: ItemState.Revoking, Committed: false }), SchedulerEventKind.CallerGone),
            < 760 => On(Any(static item => item.State != ItemState.Closing || item.CallerGone == false), SchedulerEventKind.CallerGone),
            < 830 => Fail(),
            < 900 => On(Any(static item => item.State == ItemState.Closing), SchedulerEventKind.SlotReleased),
            < 910 => new Act(SchedulerEventKind.LimitChanged, Instance: Instance(), Value: _dice.Pick(0, 1, 1, 2, 2, 3)),
            < 930 => Gate(),
            < 946 => Operate(),
            < 956 => On(Asleep(40) ?? Any(static _ => true), SchedulerEventKind.Removed),
            < 970 => Promote(),
            < 974 => On(Any(static item => item.HoldsSlot), SchedulerEventKind.Progress),
            < 978 => Reroute(),
            < 984 => Stale(),
            < 987 => ChangeTiers(),
            < 991 when run.World.MayDrain => new Act(SchedulerEventKind.Drain),
            < 994 when run.World.MayDrain => new Act(SchedulerEventKind.DrainExpired),
            _ => new Act(SchedulerEventKind.Tick),
        };
        run.Send(Recover() ?? act ?? Submit());
    }

    /// <summary>Lets everything end, as finite attempts do; how long that may take is bounded.</summary>
    public void EndEverything()
    {
        foreach (int priority in Ledger.Paused.ToList())
        {
            run.Send(new Act(SchedulerEventKind.TierResumed, Value: priority));
        }

        for (int i = 0; i < run.World.Options.InstanceLimits.Count; i++)
        {
            run.Send(new Act(SchedulerEventKind.LimitChanged, Instance: i, Value: 2));
            run.Send(new Act(SchedulerEventKind.WindowChanged, Instance: i));
            foreach (GateKind gate in Enum.GetValues<GateKind>())
            {
                run.Send(new Act(SchedulerEventKind.GateChanged, Instance: i, Gate: gate, Value: 0));
            }
        }

        for (int round = 0; Ledger.Live.Count > 0 && round < 400; round++)
        {
            foreach (LedgerItem item in Ledger.Live.Where(static item => item.HoldsSlot).ToList())
            {
                run.Send(item.State switch
                {
                    ItemState.Closing => On(item, SchedulerEventKind.SlotReleased)!.Value,
                    ItemState.Revoking when !item.Committed => End(item, AttemptVerdict.Preempted),
                    _ => End(item, AttemptVerdict.Final),
                });
            }

            run.Advance(50 * TimeSpan.TicksPerMillisecond);
        }

        run.Advance(TimeSpan.TicksPerMinute);
    }

    private void PassTime()
    {
        long toTick = Math.Max(0, run.NextTick == long.MaxValue ? 0 : run.NextTick - run.Now);
        long by = _dice.Next(20) switch
        {
            < 9 => 0,
            < 14 => _dice.Next(30) * TimeSpan.TicksPerMillisecond,
            < 16 => toTick < TimeSpan.TicksPerMinute ? toTick : 0,
            16 => toTick < TimeSpan.TicksPerMinute ? Math.Max(0, toTick - 1) : 0,
            17 => 250 * TimeSpan.TicksPerMillisecond,
            18 => _dice.Next(30) * TimeSpan.TicksPerMillisecond,
            _ => _dice.Next(3000) * TimeSpan.TicksPerMillisecond,
        };
        run.Advance(by, timerIsLate: _dice.Chance(15));
    }

    private Act Submit() => Ledger.Live.Count >= MostLiveItems
        ? Finish() ?? EndRevoked() ?? new Act(SchedulerEventKind.Tick)
        : new Act(SchedulerEventKind.Submit, Spec: run.World.Item(_dice, Ledger.Items.Count));

    /// <summary>As a reload does: for all that are not over, or for some.</summary>
    private Act Reroute()
    {
        int known = run.World.Options.InstanceLimits.Count;
        bool all = _dice.Chance(60);
        return new Act(SchedulerEventKind.Rerouted, Routes: [.. Ledger.Live
            .Where(_ => all || _dice.Chance(40))
            .Select(item => (item.Id, new InstanceSet((ulong)_dice.Next(1 << known))))]);
    }

    private Act? Finish()
    {
        LedgerItem? item = Any(static item => item.State == ItemState.Running);
        return item is null ? null : End(item, AttemptVerdict.Final, held: _dice.Chance(15));
    }

    /// <summary>
    /// A revoked attempt with nothing committed is back as preempted; now and then its executor threw, or found a failure of its own.
    /// </summary>
    private Act? EndRevoked()
    {
        LedgerItem? item = Any(static item => item.State == ItemState.Revoking);
        AttemptVerdict verdict = item is { Committed: true } || _dice.Chance(3) ? AttemptVerdict.Final
            : _dice.Chance(4) ? AttemptVerdict.Retry
            : AttemptVerdict.Preempted;
        return item is null ? null : End(item, verdict, held: _dice.Chance(Ledger.DrainExpired ? 40 : 15));
    }

    private Act? Fail()
    {
        LedgerItem? item = (_dice.Chance(30) ? Any(static item => item is { State: ItemState.Running, Committed: false, Avoided.IsEmpty: false }) : null)
            ?? Any(static item => item is { State: ItemState.Running, Committed: false });
        return item is null ? null : End(item, AttemptVerdict.Retry, held: _dice.Chance(15));
    }

    private Act End(LedgerItem item, AttemptVerdict verdict, bool held = false) => new(
        SchedulerEventKind.AttemptEnded, item.Id, item.Attempt, verdict, held,
        verdict == AttemptVerdict.Retry && _dice.Chance(70) ? run.Now + (_dice.Pick(1, 30, 300) * TimeSpan.TicksPerMillisecond) : 0,
        Retry: verdict == AttemptVerdict.Retry
            ? new RetryAdvice { MaxRetries = _dice.Pick(0, 1, 2, 5, 5), MaxFailovers = _dice.Pick(0, 1, 3, 3), Unreached = _dice.Chance(30) }
            : default);

    private Act? Commit(ItemState state) =>
        On(Any(item => item.State == state && item is { Committed: false, GrantedAsVictim: true }), SchedulerEventKind.Committed);

    private Act Gate() => new(
        SchedulerEventKind.GateChanged, Instance: Instance(), Gate: _dice.Pick(GateKind.Pause, GateKind.Pause, GateKind.Circuit, GateKind.Circuit),
        Value: _dice.Pick(0, 0, 0, long.MaxValue, run.Now + (_dice.Next(100) * TimeSpan.TicksPerMillisecond)));

    private Act Window() => Window(Instance(), Priority() + _dice.Pick(-1, 0, 0, 0, 1));

    private Act Window(int instance, int priority) => new(
        SchedulerEventKind.WindowChanged, Instance: instance, Priority: priority,
        Value: _dice.Pick(0, 0, run.Now, run.Now + (_dice.Next(40) * TimeSpan.TicksPerMillisecond), run.Now + (_dice.Next(400) * TimeSpan.TicksPerMillisecond)));

    /// <summary>An attempt that the window refuses: the closing is told first, and something may come back in between, or it is forgotten.</summary>
    private Act? Defer()
    {
        LedgerItem? item = (_dice.Chance(30) ? Any(static item => item is { State: ItemState.Revoking, Committed: false }) : null)
            ?? (_dice.Chance(50) ? Any(item => Ledger.Probes.Contains(item)) : null)
            ?? Any(static item => item is { State: ItemState.Running, Committed: false });
        if (item is null)
        {
            return null;
        }

        if (_dice.Chance(70))
        {
            run.Send(Window(item.Instance, item.Policy.Priority));
        }

        return item.Committed ? null : End(item, AttemptVerdict.Deferred, held: _dice.Chance(15));
    }

    private Act? Pass() => On(Any(item => Ledger.Probes.Contains(item)) ?? Any(static item => item.State == ItemState.Running), SchedulerEventKind.WindowPassed);

    /// <summary>What an operator or a reload changes: tiers held and released, another strategy, other traits.</summary>
    private Act Operate() => _dice.Next(8) switch
    {
        < 4 => new Act(SchedulerEventKind.TierPaused, Value: Priority()),
        < 6 => new Act(SchedulerEventKind.RoutingChanged, Value: (long)World.Strategy(_dice)),
        _ => new Act(SchedulerEventKind.TraitsChanged, Instance: Instance(), Traits: World.Traits(_dice)),
    };

    /// <summary>Dead instances and paused tiers come back after a while, or a long run would see little else.</summary>
    private Act? Recover()
    {
        if (Ledger.Paused.Count > 0 && _dice.Chance(8))
        {
            return new Act(SchedulerEventKind.TierResumed, Value: Ledger.Paused.First());
        }

        int instance = Instance();
        return Ledger.IsAlive(instance) || !_dice.Chance(20) ? null
            : Ledger.Limits[instance] == 0 ? new Act(SchedulerEventKind.LimitChanged, Instance: instance, Value: _dice.Pick(1, 2))
            : new Act(SchedulerEventKind.GateChanged, Instance: instance, Gate: GateKind.Circuit);
    }

    /// <summary>Mostly up; down and to the same tier now and then, which must change nothing.</summary>
    private Act? Promote()
    {
        LedgerItem? item = Asleep(40) ?? Any(item => item.Policy.Priority > 1 || _dice.Chance(10));
        return item is null ? null
            : new Act(SchedulerEventKind.Promoted, item.Id, Policy: _dice.Pick([.. run.World.Policies.Where(
                policy => policy.Priority < item.Policy.Priority || _dice.Chance(20)), run.World.Policies[0]]));
    }

    private LedgerItem? Asleep(int percent) => _dice.Chance(percent) ? Any(static item => item.State == ItemState.Sleeping) : null;

    private int Priority() => run.World.Policies[_dice.Next(run.World.Policies.Count)].Priority;

    /// <summary>Late news of attempts and items that are over: must be ignored.</summary>
    private Act? Stale()
    {
        if (Ledger.Items.Count == 0)
        {
            return null;
        }

        // A commit is told by another thread than the end, so it may come after it.
        if (_dice.Chance(40) && Any(static item => item.State == ItemState.Closing || (item.Waits && item.Attempt > 0)) is { } ended)
        {
            return On(ended, SchedulerEventKind.Committed);
        }

        LedgerItem item = Ledger.Items[_dice.Next(Ledger.Items.Count)];
        bool isOver = item.State == ItemState.Done;
        return isOver && _dice.Chance(40) ? new Act(SchedulerEventKind.CallerGone, item.Id)
            : new Act(
                _dice.Pick(SchedulerEventKind.AttemptEnded, SchedulerEventKind.Committed, SchedulerEventKind.SlotReleased),
                item.Id, isOver || !item.HoldsSlot ? item.Attempt : item.Attempt - 1, AttemptVerdict.Preempted);
    }

    private Act ChangeTiers() => new(
        SchedulerEventKind.TiersChanged, Tiers: [.. run.World.Policies.Select(policy => policy with { Preemptive = _dice.Chance(70) })]);

    private int Instance() => _dice.Next(run.World.Options.InstanceLimits.Count);

    private LedgerItem? Any(Predicate<LedgerItem> match)
    {
        LedgerItem? any = null;
        int seen = 0;
        foreach (LedgerItem item in Ledger.Live)
        {
            if (match(item) && _dice.Next(++seen) == 0)
            {
                any = item;
            }
        }

        return any;
    }

    private static Act? On(LedgerItem? item, SchedulerEventKind kind) =>
        item is null ? null : new Act(kind, item.Id, item.Attempt, Value: 7);
}
