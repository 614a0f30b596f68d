using System.ComponentModel;

namespace Gateway.Management.Queue;

/// <summary>One tier.</summary>
internal sealed record QueueTier
{
    public required int Priority { get; init; }

    [Description("The ports that share it, by name, or by number where they have none.")]
    public required IReadOnlyList<string> Names { get; init; }

    [Description("It takes requests and starts none.")]
    public required bool Paused { get; init; }

    [Description("Requests that wait for a slot.")]
    public required int Depth { get; init; }

    [Description("Requests that wait until a retry is due; they hold no slot.")]
    public required int Sleeping { get; init; }

    [Description("Bytes of the bodies that wait.")]
    public required long QueuedBytes { get; init; }

    [Description("Age of the oldest waiting request; zero when none waits.")]
    public required long OldestWaitMs { get; init; }

    [Description("How long a request that arrived now would wait, estimated from recent calls.")]
    public required long EstimatedWaitMs { get; init; }

    [Description("Requests that hold a slot.")]
    public required int RunningCount { get; init; }

    [Description("Those, in the order they started.")]
    public required IReadOnlyList<RunningItem> Running { get; init; }

    [Description("In the order they will be served, then the sleeping ones.")]
    public required IReadOnlyList<WaitingItem> Waiting { get; init; }

    [Description("Since the start.")]
    public required TierTotals Totals { get; init; }
}
