using Gateway.Scheduling;

namespace Gateway.Benchmarks;

internal static class SchedulerItems
{
    /// <summary>Makes an ended item new again. Benchmarks only: the product never submits an item twice.</summary>
    public static void Reuse(WorkItem item)
    {
        item.State = ItemState.New;
        item.Attempts = 0;
        item.WaitedTicks = 0;
        item.IsCallerGone = false;
        item.IsOver = false;
        item.HasEarned = false;
    }
}
