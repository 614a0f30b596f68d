using Gateway.Scheduling;

namespace Gateway.Tests.Dispatching.Model;

/// <content>I6, I7, I8: who may be interrupted, for whom, and how often.</content>
internal sealed partial class InvariantChecker
{
    private void BeforeRevoke(LedgerItem victim, in Fx effect)
    {
        Require(victim.State == ItemState.Running && effect.Attempt == victim.Attempt, "I6", $"item {victim.Id} is revoked while {victim.State}");
        if (effect.Cancellation != CancellationReason.Preempted)
        {
            Require(effect.Cancellation == CancellationReason.CallerGone ? victim.CallerGone : ledger.DrainExpired,
                "I6", $"item {victim.Id} is revoked without reason");
            return;
        }

        _revokes++;
        Require(!victim.Committed, "I12", $"item {victim.Id} is preempted after its commit");
        Require(victim.Preemptions < victim.Policy.MaxPreemptions, "I8", $"item {victim.Id} is preempted once more than allowed");
        Require(ledger.FreeAfterEnds(victim.Instance) >= 0, "I7", $"preempting {victim.Id} frees no usable slot");
        Require(victim.GrantedAsVictim && !victim.IsStarved(ledger.Now), "I6", $"item {victim.Id} is immune");

        List<LedgerItem> waiters = [.. ledger.Live.Where(waiter => ledger.MayBeGranted(waiter) && waiter.IsEntitled(ledger.Now)
            && waiter.Policy.Priority < victim.Policy.Priority && waiter.Route.Contains(victim.Instance) && ledger.IsUsableBy(waiter, victim.Instance))];
        Require(waiters.Count > 0 && ledger.IsOpen(victim.Instance), "I6", $"nobody may interrupt {victim.Id}");
        Require(waiters.Any(waiter => !ledger.Live.Any(other => IsBetterVictim(other, victim, waiter))),
            "I6", $"there is a better victim than {victim.Id}");
    }

    private bool IsBetterVictim(LedgerItem other, LedgerItem victim, LedgerItem waiter)
    {
        if (other == victim || !other.GrantedAsVictim || other.Committed || other.State != ItemState.Running
            || other.Policy.Priority < victim.Policy.Priority || other.IsStarved(ledger.Now)
            || !waiter.Route.Contains(other.Instance) || !ledger.IsUsableBy(waiter, other.Instance)
            || ledger.FreeAfterEnds(other.Instance) < 0)
        {
            return false;
        }

        return other.Policy.Priority > victim.Policy.Priority
            || (EffectiveStart(other), other.GrantOrder).CompareTo((EffectiveStart(victim), victim.GrantOrder)) > 0;
    }

    private long EffectiveStart(LedgerItem item) => item.StartedAt - (item.Preemptions * ledger.Options.SeniorityPerPreemption.Ticks);

    /// <summary>
    /// Every revoke of the step lets one more entitled waiter be served than the slots already coming free could, however those are
    /// dealt out. So revokes under way never outnumber the waiters they are for.
    /// </summary>
    private void I7RevokesAreNeeded(List<Fx> effects)
    {
        if (_revokes == 0)
        {
            return;
        }

        List<InstanceSet> waiters = [.. ledger.Live.Where(item => ledger.MayBeGranted(item) && item.IsEntitled(ledger.Now))
            .Select(item => new InstanceSet(Enumerable.Range(0, Ledger.Instances).Where(i => ledger.IsUsableBy(item, i))
                .Aggregate(0UL, (bits, i) => bits | (1UL << i))) & item.Route)];
        int[] slots = [.. Enumerable.Range(0, Ledger.Instances).Select(i => Math.Max(0, ledger.FreeAfterEnds(i)))];
        int[] before = [.. slots];
        foreach (Fx effect in effects)
        {
            if (effect is { Kind: EffectKind.Revoke, Cancellation: CancellationReason.Preempted })
            {
                before[effect.Instance]--;
            }
        }

        Require(Matching.Size(waiters, slots) == Matching.Size(waiters, before) + _revokes,
            "I7", $"{_revokes} revokes, but the slots coming free would have served the waiters");
        ledger.Coverage.Add(Seen.SeveralRevokesInOneStep, _revokes > 1);
    }
}
