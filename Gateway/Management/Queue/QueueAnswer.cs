using System.ComponentModel;

namespace Gateway.Management.Queue;

/// <summary>The lanes at one moment.</summary>
internal sealed record QueueAnswer
{
    public required bool Draining { get; init; }

    [Description("The most waiting, and the most running, requests listed of each tier.")]
    public required int Limit { get; init; }

    [Description("Some tier has more than its lists show.")]
    public required bool Truncated { get; init; }

    [Description("Most urgent first.")]
    public required IReadOnlyList<QueueTier> Tiers { get; init; }
}
