using Gateway.Listeners;
using Gateway.Recording;
using Gateway.Scheduling;
using Gateway.Upstreams;

namespace Gateway.Management.Queue;

/// <summary>A scheduler's snapshot as the API shows it.</summary>
internal sealed class QueueView(SchedulerSnapshot state, ListenerTable listeners, InstanceTable instances, int limit)
{
    public QueueAnswer Answer()
    {
        ILookup<int, ItemSnapshot> items = state.Items.ToLookup(static item => item.Priority);
        QueueTier[] tiers = [.. state.Tiers.Select(tier => Tier(tier, items[tier.Priority]))];
        return new QueueAnswer
        {
            Draining = state.Draining,
            Limit = limit,
            Truncated = tiers.Any(static tier => tier.Running.Count < tier.RunningCount || tier.Waiting.Count < tier.Depth + tier.Sleeping),
            Tiers = tiers,
        };
    }

    private QueueTier Tier(TierSnapshot tier, IEnumerable<ItemSnapshot> items) => new()
    {
        Priority = tier.Priority,
        Names = [.. listeners.All.Where(listener => listener.Policy.Priority == tier.Priority).Select(static listener => listener.Name)],
        Paused = tier.Paused,
        Depth = tier.Depth,
        Sleeping = tier.Sleeping,
        QueuedBytes = tier.QueuedBytes,
        OldestWaitMs = Milliseconds(tier.OldestAge),
        EstimatedWaitMs = Milliseconds(tier.EstimatedWait),
        RunningCount = tier.Running,
        Running = [.. items.Where(static item => !Waits(item)).Take(limit).Select(Running)],
        Waiting = [.. items.Where(Waits).Take(limit).Select(Waiting)],
        Totals = Totals(tier),
    };

    private RunningItem Running(ItemSnapshot item) => new()
    {
        Id = item.Sequence,
        RequestId = RequestIdOf(item),
        State = item.State,
        AgeMs = Milliseconds(item.Age),
        Attempts = item.Attempts,
        Preemptions = item.Preemptions,
        Retries = item.Retries,
        Instance = instances.Find(item.Instance)?.Name,
        Committed = item.Committed,
    };

    private static WaitingItem Waiting(ItemSnapshot item) => new()
    {
        Id = item.Sequence,
        RequestId = RequestIdOf(item),
        Position = item.Position,
        State = item.State,
        AgeMs = Milliseconds(item.Age),
        Attempts = item.Attempts,
        Preemptions = item.Preemptions,
        Retries = item.Retries,
        EstimatedWaitMs = Milliseconds(item.EstimatedWait),
    };

    private static TierTotals Totals(TierSnapshot tier) => new()
    {
        Submitted = tier.Submitted,
        Granted = tier.Granted,
        Rejected = tier.Rejected,
        Evicted = tier.Evicted,
        Completed = tier.Completed,
        Preempted = tier.Preempted,
        Retried = tier.Retried,
        Deferred = tier.Deferred,
        WastedSlotMs = Milliseconds(tier.WastedSlotTime),
        WastedTokens = tier.WastedTokens,
    };

    private static bool Waits(ItemSnapshot item) => item.State is ItemState.Queued or ItemState.Sleeping;

    private static string? RequestIdOf(ItemSnapshot item) => (item.Tag as AccessRecord)?.RequestId;

    private static long Milliseconds(TimeSpan time) => (long)time.TotalMilliseconds;
}
