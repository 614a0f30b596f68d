using Gateway.Scheduling;

namespace Gateway.Tests.Dispatching.Model;

/// <summary>
/// Checks the invariants after every step, from the ledger (what the outside saw) and against the scheduler's own counts. It knows
/// nothing of how decisions are made.
/// </summary>
internal sealed partial class InvariantChecker(ISchedulerModel model, Ledger ledger)
{
    private readonly int[] _grantsToOthers = [3, 3, 3, 3];
    private int _revokes;
    private bool[] _granted = new bool[Ledger.Instances];

    /// <summary>Enters one step in the ledger and throws at the first invariant that does not hold.</summary>
    public void Check(in Act act, long now, List<Fx> effects)
    {
        ledger.Begin(now);
        ledger.Coverage.Add(Seen.Step);
        int fromTimers = 0;
        while (fromTimers < effects.Count && IsFromTimer(effects[fromTimers]))
        {
            BeforeEffect(effects[fromTimers]);
            ledger.Enter(effects[fromTimers++]);
        }

        ledger.Enter(act);
        _revokes = 0;
        _granted = new bool[Ledger.Instances];
        foreach (Fx effect in effects.Skip(fromTimers))
        {
            BeforeEffect(effect);
            ledger.Enter(effect);
        }

        NobodyWaitsInVain();
        I1Conservation();
        I3Limits();
        I7RevokesAreNeeded(effects);
        I10WorkConservation();
        I11CallerGone();
        I14Settled();
        I15Deadlines(act);
        Budget();
        Bounds(act);
    }

    /// <summary>Timers fire before the event is looked at, so their effects are entered before it.</summary>
    private bool IsFromTimer(in Fx effect) => effect.Item < ledger.Items.Count
        && (effect.Kind == EffectKind.Leaked
            || (effect is { Kind: EffectKind.Evict, End: EndReason.Expired or EndReason.DeadlineExceeded } && ledger.Items[effect.Item].Waits));

    private static void Require(bool holds, string invariant, string message)
    {
        if (!holds)
        {
            throw new InvariantViolation(invariant, message);
        }
    }

    private void BeforeEffect(in Fx effect)
    {
        LedgerItem item = ledger.Items[effect.Item];
        Require(item.State != ItemState.Done && (!item.IsOver || effect.Kind == EffectKind.Leaked), "I1",
            $"item {item.Id} is over and gets {effect.Kind}");
        switch (effect.Kind)
        {
            case EffectKind.Grant:
                BeforeGrant(item, effect);
                break;
            case EffectKind.Revoke:
                BeforeRevoke(item, effect);
                break;
            case EffectKind.Leaked:
                Require(item is { State: ItemState.Revoking or ItemState.Closing, Leaked: false }
                    && item.EndingSince + ledger.Options.CancelConfirmTimeout.Ticks <= ledger.Now, "I15", $"item {item.Id} is no leak yet");
                break;
            case EffectKind.Evict:
                BeforeEvict(item, effect.End);
                break;
        }
    }

    private void BeforeEvict(LedgerItem item, EndReason reason)
    {
        Require(item.Waits, "I1", $"item {item.Id} is evicted while {item.State}");
        switch (reason)
        {
            case EndReason.Expired:
                Require(item.WaitLimit <= ledger.Now && item.Deadline > ledger.Now, "I15", $"item {item.Id} expires at the wrong time");
                break;
            case EndReason.DeadlineExceeded:
                Require(item.Deadline <= ledger.Now, "I15", $"item {item.Id} has time left");
                break;
            case EndReason.CallerGone:
                Require(item.CallerGone, "I11", $"the caller of {item.Id} is there");
                break;
            case EndReason.Draining:
                Require(ledger.DrainExpired, "I1", $"item {item.Id} is evicted without reason");
                break;
            case EndReason.RetriesSpent:
                Require(item.IsSpent, "Retries", $"item {item.Id} could go on after {item.Retries} retries");
                break;
            case EndReason.RetryBudgetSpent:
                Require(!item.IsSpent, "Retries", $"item {item.Id} has no retries left to pay for");
                Require(ledger.Payer == item && ledger.IsOverdrawn, "Budget", $"there was a retry left for item {item.Id}");
                break;
            case EndReason.NoInstance:
                Require(ledger.AreDead(item.Reach), "Dead", $"item {item.Id} is evicted although an instance of it lives");
                break;
            case EndReason.Removed:
                Require(item.IsRemoved, "Removed", $"nobody removed item {item.Id}");
                break;
        }
    }
}
