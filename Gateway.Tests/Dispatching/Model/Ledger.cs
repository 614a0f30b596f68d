using Gateway.Scheduling;

namespace Gateway.Tests.Dispatching.Model;

/// <summary>
/// The books kept from outside: every event and effect is entered, and from that alone follows who holds which slot, as the
/// upstream itself would count it. It decides nothing.
/// </summary>
internal sealed class Ledger
{
    public const int Instances = 4;

    private readonly long[,] _closedUntil = new long[Instances, 3];
    private int _grants;

    public Ledger(SchedulerOptions options)
    {
        Options = options;
        Tiers = options.Tiers;
        for (int i = 0; i < options.InstanceLimits.Count; i++)
        {
            Limits[i] = options.InstanceLimits[i];
        }
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
        for (int gate = 0; gate < 3; gate++)
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

    /// <summary>The step made an item a retry that was none before, and it was not evicted for it.</summary>
    public bool NewRetry { get; private set; }

    /// <summary>When the next instance opens, which it does with the last of its gates.</summary>
    public long NextOpening()
    {
        long next = long.MaxValue;
        for (int i = 0; i < Instances; i++)
        {
            next = IsOpen(i) ? next : Math.Min(next, Math.Max(_closedUntil[i, 0], Math.Max(_closedUntil[i, 1], _closedUntil[i, 2])));
        }

        return next;
    }

    public void Begin(long now)
    {
        Now = now;
        NewRetry = false;
        Cooling.RemoveAll(slot => slot.Until <= now);
        foreach (LedgerItem item in Live)
        {
            if (item.State == ItemState.Sleeping && item.RetryAt <= now)
            {
                item.State = ItemState.Queued;
                Coverage.Add(Seen.Wake);
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
            case SchedulerEventKind.TiersChanged:
                Tiers = act.Tiers!;
                break;
            case SchedulerEventKind.Drain or SchedulerEventKind.DrainExpired:
                Draining = true;
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
                NewRetry = false;
                Evict(item, effect.End);
                break;
        }
    }

    private void Start(LedgerItem item, in Fx effect)
    {
        item.Waited += Now - item.WaitingSince;
        item.State = ItemState.Running;
        item.Attempt = effect.Attempt;
        item.Instance = effect.Instance;
        item.StartedAt = Now;
        item.GrantOrder = ++_grants;
        item.GrantedAsVictim = effect.Preemptible;
        item.Committed = false;
        item.Leaked = false;
        item.Revoked = CancellationReason.None;
        Coverage.Add(Seen.Grant);
        Coverage.Add(Seen.Immune, item.Preemptions > 0 && item.Preemptions == item.Policy.MaxPreemptions);
    }

    private void LoseCaller(LedgerItem item)
    {
        Coverage.Add(item.State switch
        {
            ItemState.Queued => Seen.GoneQueued,
            ItemState.Sleeping => Seen.GoneSleeping,
            ItemState.Running => Seen.GoneRunning,
            ItemState.Revoking => Seen.GoneRevoking,
            ItemState.Closing => Seen.GoneClosing,
            _ => Seen.GoneDone,
        });
        item.CallerGone = item.State != ItemState.Done;
    }

    private void Commit(LedgerItem item)
    {
        item.Committed = true;
        if (item is { State: ItemState.Revoking, Revoked: CancellationReason.Preempted })
        {
            Coverage.Add(Seen.CommitBeatsRevoke);
            Coverage.Add(Seen.CommitBeatsRevokeButGone, item.CallerGone);
            item.State = ItemState.Running;
            item.Revoked = CancellationReason.None;
            item.Leaked = false;
        }
    }

    private void EndAttempt(LedgerItem item, in Act act)
    {
        item.Verdict = act.Verdict;
        item.RetryAt = act.Value;
        item.WaitingSince = Now;
        if (act.SlotHeld)
        {
            item.EndingSince = item.State == ItemState.Running ? Now : item.EndingSince;
            item.State = ItemState.Closing;
            Coverage.Add(Seen.HeldSlot);
            return;
        }

        FreeSlot(item);
    }

    private void FreeSlot(LedgerItem item)
    {
        Coverage.Add(Seen.LeakEnded, item.Leaked);
        item.Leaked = false;
        if (item.Revoked != CancellationReason.None && Options.ReleaseDelay > TimeSpan.Zero)
        {
            Cooling.Add((item.Instance, Now + Options.ReleaseDelay.Ticks));
            Coverage.Add(Seen.Cooling);
        }

        if (item.IsOver || item.Verdict == AttemptVerdict.Final)
        {
            End(item);
        }
        else if (item.Verdict == AttemptVerdict.Preempted)
        {
            item.Preemptions += item.CallerGone || DrainExpired || item.Deadline <= Now ? 0 : 1;
            item.State = ItemState.Queued;
            Coverage.Add(Seen.Preemption);
        }
        else
        {
            NewRetry = !item.IsRetry;
            item.IsRetry = true;
            item.State = item.RetryAt > Now ? ItemState.Sleeping : ItemState.Queued;
            Coverage.Add(Seen.Retry);
        }
    }

    private void Evict(LedgerItem item, EndReason reason)
    {
        if (item.State == ItemState.Closing)
        {
            // Its caller has the end; the upstream still has its call.
            item.Ends++;
            item.IsOver = true;
            Coverage.AddClosing(reason);
            return;
        }

        End(item);
    }

    private void End(LedgerItem item)
    {
        item.Ends += item.IsOver ? 0 : 1;
        item.State = ItemState.Done;
        Live.Remove(item);
    }
}
