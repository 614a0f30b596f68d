using System.ComponentModel;

namespace Gateway.Management.Overview;

/// <summary>Counts over all instances and tiers.</summary>
internal sealed record HealthSummary
{
    public required int TotalInstances { get; init; }

    public required int HealthyInstances { get; init; }

    [Description("Recovering ones included.")]
    public required int UnhealthyInstances { get; init; }

    [Description("Requests that wait for a slot or a retry.")]
    public required int Waiting { get; init; }

    [Description("Requests that hold a slot.")]
    public required int Running { get; init; }
}
