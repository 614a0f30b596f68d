using Gateway.Scheduling;

namespace Gateway.Tests.Dispatching.Model;

/// <content>I2 to I5, I17 and the routing: who may be granted what.</content>
internal sealed partial class InvariantChecker
{
    private void BeforeGrant(LedgerItem item, in Fx effect)
    {
        int instance = effect.Instance;
        Require(item.State == ItemState.Queued && effect.Attempt == item.Attempt + 1, "I2",
            $"item {item.Id} is granted while {item.State}, attempt {effect.Attempt}");
        Require(!item.CallerGone, "I11", $"item {item.Id} is granted although its caller is gone");
        Require(item.Deadline > ledger.Now, "S7", $"item {item.Id} is granted after its caller's deadline");
        Require(item.Instances.Contains(instance), "I3", $"item {item.Id} cannot be served by {instance}");
        Require(ledger.IsOpen(instance), "I3", $"item {item.Id} is granted behind a closed gate");
        Require(ledger.IsOpenTo(item.Policy.Priority, instance), "Window", $"item {item.Id} is granted behind a closed window");
        Require(ledger.Probes[instance] is null, "Window", $"item {item.Id} is granted while another goes through the window of {instance}");
        Require(effect.IsProbe == ledger.Scarce[instance], "Window", $"item {item.Id} is {(effect.IsProbe ? "" : "not ")}alone in the window of {instance}");
        Require(!item.Avoided.Contains(instance), "Route", $"item {item.Id} is granted on {instance}, which has just failed for it");
        Require(!item.IsSpent, "Retries", $"item {item.Id} is granted after its retries were spent");
        Require(ledger.MayBeGranted(item), "Pause", $"item {item.Id} is granted although its tier is paused");
        Require(ledger.IsAlive(instance), "Dead", $"item {item.Id} is granted on the dead {instance}");
        _granted[instance] = true;

        bool asStarved = false;
        foreach (LedgerItem other in ledger.Live)
        {
            if (!ledger.MayBeGranted(other) || other == item || !other.Route.Contains(instance) || !ledger.IsUsableBy(other, instance))
            {
                continue;
            }

            bool isBefore = other.Policy.Priority < item.Policy.Priority
                || (other.Policy.Priority == item.Policy.Priority && other.Id < item.Id);
            bool sameGroup = other.Policy.Priority == item.Policy.Priority && other.Route == item.Route;
            if (isBefore)
            {
                Require(!sameGroup, "I5", $"item {item.Id} overtakes {other.Id}");
                Require(item.IsStarved(ledger.Now), other.Policy.Priority < item.Policy.Priority ? "I4" : "I5",
                    $"item {item.Id} takes a slot that the better {other.Id} waits for");
                asStarved = true;
            }
        }

        if (LooksAtRouting)
        {
            PickedByTheStrategy(item, instance);
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

        bool starvedWaits = ledger.Live.Any(other => other != item && ledger.MayBeGranted(other) && other.Route.Contains(instance)
            && ledger.IsUsableBy(other, instance) && other.IsStarved(ledger.Now) && IsHeadOfGroup(other) && (!item.IsStarved(ledger.Now) || other.Id < item.Id));
        Require(!starvedWaits || _grantsToOthers[instance] < 3, "I17", $"a starved item is passed over for {item.Id} on {instance}");

        // A starved item that was the best waiter anyway uses the turn up as well.
        bool mayUseTurn = item.IsStarved(ledger.Now) && _grantsToOthers[instance] >= 3;
        _grantsToOthers[instance] = mayUseTurn ? 0 : _grantsToOthers[instance] + 1;
    }

    private bool IsHeadOfGroup(LedgerItem item) => !ledger.Live.Any(other => other.State == ItemState.Queued && other.Id < item.Id
        && other.Policy.Priority == item.Policy.Priority && other.Route == item.Route);

    /// <summary>Off for controls of another rule: whoever miscounts slots also picks the wrong instance.</summary>
    public bool LooksAtRouting { get; init; } = true;

    /// <summary>
    /// The picked instance is the one that the strategy names among those that could take the item. A starved item has only the
    /// instances whose turn it is, and may have all of them when it was the best waiter anyway, so that either is good.
    /// </summary>
    private void PickedByTheStrategy(LedgerItem item, int instance)
    {
        List<int> all = [.. Enumerable.Range(0, Ledger.Instances).Where(i => ledger.IsFreeFor(item, i))];
        List<int> due = item.IsStarved(ledger.Now) ? [.. all.Where(i => _grantsToOthers[i] >= 3)] : [];
        if (ledger.Turns.Strategy is RoutingStrategy.Weighted or RoutingStrategy.RoundRobin)
        {
            Require(ledger.Turns.Count(all, instance, isSure: due.Count == 0 || due.Count == all.Count), "Routing",
                $"{instance} has more or less than its share");
            ledger.Coverage.Add(ledger.Turns.Strategy == RoutingStrategy.Weighted ? Seen.PickByWeight : Seen.PickInTurn, all.Count > 1);
            return;
        }

        bool byScore = ledger.Turns.Strategy == RoutingStrategy.Composite;
        Require(IsBest(instance, all, byScore) || IsBest(instance, due, byScore), "Routing", $"there is a better instance than {instance}");
        ledger.Coverage.Add(byScore ? Seen.PickByScore : Seen.PickByPriority, all.Count > 1);
    }

    private bool IsBest(int instance, List<int> among, bool byScore) => among.Contains(instance) && among.TrueForAll(other =>
    {
        InstanceTraits mine = ledger.Turns.TraitsOf(instance), its = ledger.Turns.TraitsOf(other);
        if (byScore)
        {
            return (-Score(mine, instance), instance).CompareTo((-Score(its, other), other)) <= 0;
        }

        int order = mine.Priority.CompareTo(its.Priority);
        int free = ledger.Limits[instance] - ledger.Held(instance), itsFree = ledger.Limits[other] - ledger.Held(other);
        return order < 0 || (order == 0 && (free > itsFree || (free == itsFree && instance <= other)));
    });

    private double Score(InstanceTraits traits, int instance) =>
        (0.3 * traits.Weight / 20) + (0.4 * (1 - ((double)ledger.Held(instance) / ledger.Limits[instance]))) + traits.Quality;
}
