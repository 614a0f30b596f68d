using System.ComponentModel;

namespace Gateway.Management.Statistics;

/// <summary>What the instances have done in a window of time.</summary>
internal sealed record InstanceUsageAnswer
{
    public required int WindowMinutes { get; init; }

    [Description("The numbers are those of all gateways on the same Redis; else of this one alone.")]
    public required bool Shared { get; init; }

    public required IReadOnlyDictionary<string, InstanceUsageRow> Instances { get; init; }

    public required DateTimeOffset Timestamp { get; init; }
}
