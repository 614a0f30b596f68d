using Gateway.Scheduling;

namespace Gateway.Tests.Dispatching.Model;

/// <content>What must hold between two steps.</content>
internal sealed partial class InvariantChecker
{
    /// <summary>Nothing is left: called when everything was ended (I9, I14, S5).</summary>
    public void I9AllOver()
    {
        Require(ledger.Live.Count == 0 && model.LiveItems == 0, "I9", $"{ledger.Live.Count} items never end");
        Require(ledger.Items.All(item => item.Ends == 1), "I1", "an item did not end exactly once");
        for (int i = 0; i < Ledger.Instances; i++)
        {
            Require(model.CountsOf(i) is { Running: 0, Ending: 0, Leaked: 0 }, "I14", $"slots of {i} are lost: {model.CountsOf(i)}");
        }
    }

    /// <summary>The earliest deadline of anything, by the books.</summary>
    public long NextDeadline { get; private set; } = long.MaxValue;

    private void I1Conservation()
    {
        Require(model.LiveItems == ledger.Live.Count, "I1", $"{model.LiveItems} live items, {ledger.Live.Count} in the books");
        foreach (LedgerItem item in ledger.Live)
        {
            ItemState state = model.StateOf(item.Id);
            Require(state == item.State, item.State == ItemState.Sleeping || state == ItemState.Sleeping ? "I15" : "I1",
                $"item {item.Id} is {state}, in the books {item.State}");
            Require(model.PriorityOf(item.Id) == item.Policy.Priority, "S8", $"item {item.Id} is in tier {model.PriorityOf(item.Id)}");
            Require(model.RetriesOf(item.Id) == item.Retries, "Retries", $"item {item.Id} counts {model.RetriesOf(item.Id)} retries, not {item.Retries}");
        }
    }

    private void I3Limits()
    {
        for (int i = 0; i < Ledger.Instances; i++)
        {
            Require(!_granted[i] || ledger.Held(i) <= ledger.Limits[i], "I3", $"{ledger.Held(i)} slots of {ledger.Limits[i]} taken on {i}");
        }
    }

    private void I10WorkConservation()
    {
        for (int i = 0; i < Ledger.Instances; i++)
        {
            if (ledger.Held(i) < ledger.Limits[i] && ledger.IsOpen(i))
            {
                LedgerItem? waiter = ledger.Live.Find(item => ledger.MayBeGranted(item) && item.Route.Contains(i) && ledger.IsUsableBy(item, i));
                Require(waiter is null, "I10", $"item {waiter?.Id} waits while {i} has a free slot");
            }
        }
    }

    private void I11CallerGone()
    {
        foreach (LedgerItem item in ledger.Live)
        {
            Require(!item.CallerGone || (item.State is ItemState.Revoking or ItemState.Closing && !item.Waits), "I11",
                $"the caller of {item.Id} is gone, and it is {item.State}");
        }

        Require(!ledger.DrainExpired || ledger.Live.TrueForAll(item => item.State is ItemState.Revoking or ItemState.Closing && !item.Waits),
            "I9", "the drain leaves items behind");
    }

    /// <summary>Every slot taken is in exactly one count of the scheduler, and none besides.</summary>
    private void I14Settled()
    {
        for (int i = 0; i < Ledger.Instances; i++)
        {
            int running = 0, ending = 0, leaked = 0, cooling = 0;
            foreach (LedgerItem item in ledger.Live)
            {
                if (item.HoldsSlot && item.Instance == i)
                {
                    leaked += item.Leaked ? 1 : 0;
                    running += !item.Leaked && item.State == ItemState.Running ? 1 : 0;
                    ending += !item.Leaked && item.State != ItemState.Running ? 1 : 0;
                }
            }

            foreach ((int where, _) in ledger.Cooling)
            {
                cooling += where == i ? 1 : 0;
            }

            Require(model.CountsOf(i) == new SlotCounts(running, ending, cooling, leaked), "I14",
                $"instance {i} counts {model.CountsOf(i)}, in the books {running}, {ending}, {cooling}, {leaked}");
        }
    }

    /// <summary>Nothing is overdue that was there before the step, and the armed timer is not later than the next deadline.</summary>
    private void I15Deadlines(in Act act)
    {
        long next = long.MaxValue;
        foreach (LedgerItem item in ledger.Live)
        {
            long waitLimit = item.Waits ? item.WaitLimit : long.MaxValue;
            long leak = item is { State: ItemState.Revoking or ItemState.Closing, Leaked: false }
                ? item.EndingSince + ledger.Options.CancelConfirmTimeout.Ticks : long.MaxValue;
            Require((waitLimit > ledger.Now || item.WaitingSince == ledger.Now) && (leak > ledger.Now || item.EndingSince == ledger.Now),
                "I15", $"a deadline of item {item.Id} ({item.State}) passed unnoticed");
            next = Math.Min(next, Math.Min(Math.Min(waitLimit, leak), item.State == ItemState.Sleeping || WillWiden(item) ? item.WakesAt : long.MaxValue));
            if (item is { State: ItemState.Queued, Policy: { Preemptive: true, PreemptAfterAuto: false } } && !item.IsEntitled(ledger.Now))
            {
                next = Math.Min(next, item.ArrivedAt + item.Policy.PreemptAfter.Ticks);
            }
        }

        foreach ((_, long until) in ledger.Cooling)
        {
            next = Math.Min(next, until);
        }

        next = Math.Min(next, ledger.NextOpening());
        NextDeadline = next;
        Require(model.ArmedAt is not { } armed || armed <= next, "I15", $"the timer is armed for {model.ArmedAt}, due is {next} at {act.Kind}");
    }

    private static bool WillWiden(LedgerItem item) => item.State == ItemState.Queued && !item.Avoided.IsEmpty;

    /// <summary>Dead instances, spent retries and an operator end every wait at once.</summary>
    private void NobodyWaitsInVain()
    {
        foreach (LedgerItem item in ledger.Live)
        {
            if (item.Waits)
            {
                Require(!ledger.AreDead(item.Reach), "Dead", $"item {item.Id} waits for dead instances, {item.State}");
                Require(!item.IsSpent, "Retries", $"item {item.Id} goes on after {item.Retries} retries");
                Require(!item.IsRemoved, "Removed", $"item {item.Id} was removed and still waits");
                ledger.Coverage.Add(Seen.PausedWaits, item.State == ItemState.Queued && !ledger.MayBeGranted(item));
            }
        }
    }

    /// <summary>Off for controls of what follows from the savings: a wrong sum shows before anything comes of it.</summary>
    public bool LooksAtSavings { get; init; } = true;

    private void Budget()
    {
        Require(!ledger.IsOverdrawn, "Budget", $"item {ledger.Payer?.Id} is tried again with no retry left");
        Require(ledger.Retries.Paid <= ledger.Retries.Most, "Budget", $"retries of {ledger.Retries.Paid}, at most {ledger.Retries.Most}");
        Require(!LooksAtSavings || model.SavedRetries == ledger.Saved, "Savings", $"{model.SavedRetries} are saved, in the books {ledger.Saved}");
    }

    private void Bounds(in Act act)
    {
        if (act.Kind != SchedulerEventKind.Submit || ledger.Items[^1] is not { State: ItemState.Queued } item)
        {
            return;
        }

        Require(!ledger.Draining, "Drain", $"item {item.Id} is admitted during a drain");
        List<LedgerItem> lane = ledger.Live.FindAll(other => other.State == ItemState.Queued && other.Policy.Priority == item.Policy.Priority);
        Require(lane.Count <= item.Policy.MaxQueueLength, "Bounds", $"{lane.Count} items wait in a lane");
        Require(lane.Sum(other => other.Spec.Bytes) <= item.Policy.MaxQueueBytes, "Bounds", "too many bytes wait in a lane");
    }
}
