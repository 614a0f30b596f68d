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

        I1Conservation();
        I3Limits();
        I7RevokesAreNeeded(effects);
        I10WorkConservation();
        I11CallerGone();
        I14Settled();
        I15Deadlines(act);
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

    private void BeforeGrant(LedgerItem item, in Fx effect)
    {
        int instance = effect.Instance;
        Require(item.State == ItemState.Queued && effect.Attempt == item.Attempt + 1, "I2",
            $"item {item.Id} is granted while {item.State}, attempt {effect.Attempt}");
        Require(!item.CallerGone, "I11", $"item {item.Id} is granted although its caller is gone");
        Require(item.Deadline > ledger.Now, "S7", $"item {item.Id} is granted after its caller's deadline");
        Require(item.Spec.Instances.Contains(instance), "I3", $"item {item.Id} cannot be served by {instance}");
        Require(ledger.IsOpen(instance), "I3", $"item {item.Id} is granted behind a closed gate");
        _granted[instance] = true;

        bool asStarved = false;
        foreach (LedgerItem other in ledger.Live)
        {
            if (other.State != ItemState.Queued || other == item || !other.Spec.Instances.Contains(instance))
            {
                continue;
            }

            bool isBefore = other.Policy.Priority < item.Policy.Priority
                || (other.Policy.Priority == item.Policy.Priority && other.Id < item.Id);
            bool sameGroup = other.Policy.Priority == item.Policy.Priority && other.Spec.Instances == item.Spec.Instances;
            if (isBefore)
            {
                Require(!sameGroup, "I5", $"item {item.Id} overtakes {other.Id}");
                Require(item.IsStarved(ledger.Now), other.Policy.Priority < item.Policy.Priority ? "I4" : "I5",
                    $"item {item.Id} takes a slot that the better {other.Id} waits for");
                asStarved = true;
            }
        }

        CountTurns(item, instance, asStarved);
    }

    private void CountTurns(LedgerItem item, int instance, bool asStarved)
    {
        if (asStarved)
        {
            Require(_grantsToOthers[instance] >= 3, "I17", $"starved items get more than one of four grants of {instance}");
            ledger.Coverage.Add(Seen.StarvedGrant);
        }

        bool starvedWaits = ledger.Live.Any(other => other != item && other.State == ItemState.Queued && other.Spec.Instances.Contains(instance)
            && other.IsStarved(ledger.Now) && IsHeadOfGroup(other) && (!item.IsStarved(ledger.Now) || other.Id < item.Id));
        Require(!starvedWaits || _grantsToOthers[instance] < 3, "I17", $"a starved item is passed over for {item.Id} on {instance}");

        // A starved item that was the best waiter anyway uses the turn up as well.
        bool mayUseTurn = item.IsStarved(ledger.Now) && _grantsToOthers[instance] >= 3;
        _grantsToOthers[instance] = mayUseTurn ? 0 : _grantsToOthers[instance] + 1;
    }

    private bool IsHeadOfGroup(LedgerItem item) => !ledger.Live.Any(other => other.State == ItemState.Queued && other.Id < item.Id
        && other.Policy.Priority == item.Policy.Priority && other.Spec.Instances == item.Spec.Instances);

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
        }
    }
}
