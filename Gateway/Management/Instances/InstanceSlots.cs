using System.ComponentModel;

namespace Gateway.Management.Instances;

/// <summary>Whether an instance takes requests, and its slots.</summary>
internal sealed record InstanceSlots
{
    public required InstanceStatus Status { get; init; }

    [Description("Upstream calls it gets at once, now; 1 while its circuit is not closed, 0 while it is disabled.")]
    public required int Limit { get; init; }

    [Description("Slots whose call runs.")]
    public required int Running { get; init; }

    [Description("Slots whose call was cancelled or answered, and has not been seen to end.")]
    public required int Ending { get; init; }

    [Description("Slots that rest after an interruption.")]
    public required int Cooling { get; init; }

    [Description("Slots whose call should have ended long ago.")]
    public required int Leaked { get; init; }

    [Description("Neither its circuit, nor a pause, nor its window keeps requests from it.")]
    public required bool Open { get; init; }
}
