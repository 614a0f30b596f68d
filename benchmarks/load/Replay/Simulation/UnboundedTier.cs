using Gateway.Scheduling;

namespace Load.Replay;

/// <summary>Policies for simulations: an overload must show as waiting, not as rejections.</summary>
internal static class UnboundedTier
{
    /// <summary>Longer than any run, and far from the end of the range of ticks.</summary>
    private static readonly TimeSpan Forever = TimeSpan.FromDays(36_500);

    public static TierPolicy Of(int priority) => new()
    {
        Priority = priority,
        MaxPreemptions = int.MaxValue,
        MaxQueueLength = int.MaxValue,
        QueueTimeout = Forever,
    };
}
