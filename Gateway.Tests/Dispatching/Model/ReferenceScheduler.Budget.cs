using Gateway.Scheduling;

namespace Gateway.Tests.Dispatching.Model;

/// <content>How many retries are left: all that was ever earned and spent, gone through from the start.</content>
internal sealed partial class ReferenceScheduler
{
    /// <summary>Parts of a retry: with as many as ticks in 10 s, everything is a whole number.</summary>
    private const long WholeRetry = 100_000_000;

    private readonly List<(long At, long By)> _budgetHistory = [];

    public long SavedRetries
    {
        get
        {
            long floor = _options.RetryFloor * WholeRetry, most = Math.Max(floor, 100 * WholeRetry), saved = floor, last = 0;
            foreach ((long at, long by) in _budgetHistory.Append((At: _now, By: 0)))
            {
                saved = Refilled(saved, at - last, floor);
                saved = Has(ReferenceDefect.SavingsUnbounded) ? saved + by : Math.Min(most, saved + by);
                last = at;
            }

            return saved;
        }
    }

    private long Refilled(long saved, long time, long floor)
    {
        if (Has(ReferenceDefect.BudgetNotRefilled) || (saved >= floor && !Has(ReferenceDefect.RefilledBeyondTheFloor)))
        {
            return saved;
        }

        long more = saved + (_options.RetryFloor * time);
        return Has(ReferenceDefect.RefilledBeyondTheFloor) ? more : Math.Min(floor, more);
    }

    private void Earn(ReferenceItem item)
    {
        if (!item.HasEarned || Has(ReferenceDefect.EveryGrantEarns) || (item.Attempt == 1 && Has(ReferenceDefect.DeferredEarnsAgain)))
        {
            item.HasEarned = true;
            _budgetHistory.Add((_now, (long)(_options.RetryBudget * WholeRetry)));
        }
    }

    private void Spend(ReferenceItem item, bool isFree)
    {
        if (!isFree && !(item.Retries > 0 && Has(ReferenceDefect.SecondRetryIsFree)))
        {
            _budgetHistory.Add((_now, -WholeRetry));
        }
    }
}
