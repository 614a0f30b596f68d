using Gateway.Scheduling;

namespace Gateway.Tests.Dispatching.Model;

/// <summary>
/// The books kept from outside: every event and effect is entered, and from that alone follows who holds which slot, as the
/// upstream itself would count it. It decides nothing.
/// </summary>
internal sealed partial class Ledger
{
    public const int Instances = 4;

    private readonly long[,] _closedUntil = new long[Instances, 2];
    private int _grants;

    public Ledger(SchedulerOptions options)
    {
        Options = options;
        Tiers = options.Tiers;
        for (int i = 0; i < options.InstanceLimits.Count; i++)
        {
            Limits[i] = options.InstanceLimits[i];
        }

        Turns = new Turns(options);
        Saved = options.RetryFloor * Retry;
    }

    public SchedulerOptions Options { get; }

    public IReadOnlyList<TierPolicy> Tiers { get; private set; }

    public int[] Limits { get; } = new int[Instances];

    public List<LedgerItem> Items { get; } = [];

    /// <summary>Items that are not over, in the order of arrival.</summary>
    public List<LedgerItem> Live { get; } = [];

    public List<(int Instance, long Until)> Cooling { get; } = [];

    public Coverage Coverage { get; } = new();

    public bool Draining { get; private set; }

    public bool DrainExpired { get; private set; }

    public long Now { get; private set; }

    public bool IsOpen(int instance)
    {
        for (int gate = 0; gate < 2; gate++)
        {
            if (_closedUntil[instance, gate] > Now)
            {
                return false;
            }
        }

        return true;
    }

    public int Held(int instance)
    {
        int held = 0;
        foreach (LedgerItem item in Live)
        {
            held += item.HoldsSlot && item.Instance == instance ? 1 : 0;
        }

        foreach ((int where, _) in Cooling)
        {
            held += where == instance ? 1 : 0;
        }

        return held;
    }

    /// <summary>Free slots of the instance once all that was told to stop has ended; leaked ones do not end.</summary>
    public int FreeAfterEnds(int instance)
    {
        int free = Limits[instance];
        foreach (LedgerItem item in Live)
        {
            free -= item.HoldsSlot && item.Instance == instance && (item.State == ItemState.Running || item.Leaked) ? 1 : 0;
        }

        return free;
    }

    public void Begin(long now)
    {
        Refill(now - Now);
        Now = now;
        Cooling.RemoveAll(slot => slot.Until <= now);
        foreach (LedgerItem item in Live)
        {
            if (item.State == ItemState.Sleeping && item.WakesAt <= now)
            {
                item.State = ItemState.Queued;
                Coverage.Add(Seen.Wake);
            }
            else if (item.State == ItemState.Queued && !item.Avoided.IsEmpty && item.WakesAt <= now)
            {
                item.Avoided = InstanceSet.Empty;
                Coverage.Add(Seen.Widened);
            }
        }
    }

    public void Enter(in Act act)
    {
        LedgerItem? item = act.Item >= 0 ? Items[act.Item] : null;
        bool isLive = item?.Attempt == act.Attempt && item.State is ItemState.Running or ItemState.Revoking;
        switch (act.Kind)
        {
            case SchedulerEventKind.Submit:
                Items.Add(new LedgerItem(act.Spec!, Now));
                Live.Add(Items[^1]);
                break;
            case SchedulerEventKind.CallerGone:
                LoseCaller(item!);
                break;
            case SchedulerEventKind.Committed when isLive:
                Commit(item!);
                break;
            case SchedulerEventKind.Committed:
                Coverage.Add(Seen.LateCommit, item!.State == ItemState.Closing);
                break;
            case SchedulerEventKind.AttemptEnded when isLive:
                EndAttempt(item!, act);
                break;
            case SchedulerEventKind.SlotReleased when item!.State == ItemState.Closing && item.Attempt == act.Attempt:
                FreeSlot(item);
                break;
            case SchedulerEventKind.LimitChanged:
                Coverage.Add(Seen.LimitBelowUse, act.Value < Held(act.Instance));
                Limits[act.Instance] = (int)act.Value;
                break;
            case SchedulerEventKind.GateChanged:
                _closedUntil[act.Instance, (int)act.Gate] = act.Value;
                Coverage.Add(Seen.GateClosed, act.Value > Now);
                break;
            case SchedulerEventKind.WindowChanged:
                ChangeWindow(act);
                break;
            case SchedulerEventKind.WindowPassed when isLive:
                PassWindow(item!);
                break;
            case SchedulerEventKind.TiersChanged:
                Tiers = act.Tiers!;
                break;
            case SchedulerEventKind.RoutingChanged or SchedulerEventKind.TraitsChanged:
                Turns.Enter(act);
                break;
            case SchedulerEventKind.TierPaused or SchedulerEventKind.TierResumed:
                Pause((int)act.Value, act.Kind == SchedulerEventKind.TierPaused);
                break;
            case SchedulerEventKind.Removed:
                Coverage.Add(Seen.RemovedSleeping, item!.State == ItemState.Sleeping);
                item.IsRemoved = item.State is ItemState.Queued or ItemState.Sleeping;
                break;
            case SchedulerEventKind.Promoted:
                Promote(item!, act.Policy!);
                break;
            case SchedulerEventKind.Rerouted:
                Reroute(act.Routes!);
                break;
            case SchedulerEventKind.Drain or SchedulerEventKind.DrainExpired:
                Draining = true;
                Coverage.Add(Seen.PauseLiftedByDrain, Paused.Count > 0);
                Paused.Clear();
                DrainExpired |= act.Kind == SchedulerEventKind.DrainExpired;
                Coverage.Add(DrainExpired ? Seen.DrainExpired : Seen.Drain);
                break;
        }
    }

    public void Enter(in Fx effect)
    {
        LedgerItem item = Items[effect.Item];
        switch (effect.Kind)
        {
            case EffectKind.Grant:
                Start(item, effect);
                break;
            case EffectKind.Revoke:
                item.State = ItemState.Revoking;
                item.Revoked = effect.Cancellation;
                item.EndingSince = Now;
                break;
            case EffectKind.Leaked:
                item.Leaked = true;
                Coverage.Add(Seen.Leak);
                break;
            case EffectKind.Reject or EffectKind.Evict:
                Coverage.Add(effect.End);
                Coverage.Add(Seen.EvictedForTheDead, effect is { Kind: EffectKind.Evict, End: EndReason.NoInstance } && item.State == ItemState.Queued);
                Coverage.Add(Seen.EvictedForTheDeadAsleep, effect.End == EndReason.NoInstance && item.State == ItemState.Sleeping);
                TakeBack(item);
                Evict(item, effect.End);
                break;
        }
    }
}
