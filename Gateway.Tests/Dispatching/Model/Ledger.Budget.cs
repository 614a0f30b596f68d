namespace Gateway.Tests.Dispatching.Model;

/// <content>The retry budget, as the outside can add it up. One retry is as much as there are ticks in 10 s.</content>
internal sealed partial class Ledger
{
    public const long Retry = 10 * TimeSpan.TicksPerSecond;

    private long _firstGrants;
    private long _paid;

    /// <summary>What is left; below zero in a step whose failed item has to be evicted for it.</summary>
    public long Saved { get; private set; }

    /// <summary>The item that went on in this step and had to pay for it.</summary>
    public LedgerItem? Payer { get; private set; }

    /// <summary>It could not.</summary>
    public bool IsOverdrawn { get; private set; }

    /// <summary>Retries that were paid for, and the most there may be by now; in parts of a retry.</summary>
    public (long Paid, long Most) Retries =>
        (_paid * Retry, (_firstGrants * Earning) + (Options.RetryFloor * (Retry + Now)));

    private long Earning => (long)(Options.RetryBudget * Retry);

    private void Refill(long time)
    {
        Payer = null;
        IsOverdrawn = false;
        long floor = Options.RetryFloor * Retry;
        if (Saved < floor)
        {
            Saved = Math.Min(floor, Saved + (Options.RetryFloor * time));
            Coverage.Add(Seen.BudgetRefilled, time > 0);
        }
    }

    private void Earn(LedgerItem item)
    {
        if (item.HasEarned)
        {
            return;
        }

        item.HasEarned = true;

        long most = Math.Max(Options.RetryFloor, 100) * Retry;
        _firstGrants++;
        Coverage.Add(Seen.SavedUpToTheMost, Earning > 0 && Saved + Earning > most);
        Saved = Math.Min(most, Saved + Earning);
    }

    private void Pay(LedgerItem item)
    {
        Payer = item;
        IsOverdrawn = Saved < Retry;
        Coverage.Add(Seen.PaidRetry, !IsOverdrawn);
        Coverage.Add(Seen.PaidAgain, !IsOverdrawn && item.Retries > 1);
        Coverage.Add(Seen.PaidByEarnings, !IsOverdrawn && _paid >= Options.RetryFloor);
        Saved -= Retry;
        _paid++;
    }

    /// <summary>Evicted instead of going on, so it has not paid.</summary>
    private void TakeBack(LedgerItem item)
    {
        if (item == Payer)
        {
            Saved += Retry;
            _paid--;
            Payer = null;
            IsOverdrawn = false;
        }
    }
}
