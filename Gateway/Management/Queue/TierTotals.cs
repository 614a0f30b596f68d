using System.ComponentModel;

namespace Gateway.Management.Queue;

/// <summary>What a tier has seen since the start.</summary>
internal sealed record TierTotals
{
    public required long Submitted { get; init; }

    [Description("Upstream calls started.")]
    public required long Granted { get; init; }

    [Description("Requests refused before they waited.")]
    public required long Rejected { get; init; }

    [Description("Requests ended unserved after they waited.")]
    public required long Evicted { get; init; }

    public required long Completed { get; init; }

    [Description("Upstream calls interrupted for more urgent requests.")]
    public required long Preempted { get; init; }

    [Description("Upstream calls that failed and were tried again.")]
    public required long Retried { get; init; }

    [Description("Slots granted and given back at once, because the instance's token window had no room; among the granted.")]
    public required long Deferred { get; init; }

    [Description("Slot time of discarded calls: interrupted, or failed and worth another try.")]
    public required long WastedSlotMs { get; init; }

    [Description("Prompt tokens of discarded calls, estimated; the provider bills them, and what it had generated.")]
    public required long WastedTokens { get; init; }
}
