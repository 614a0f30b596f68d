using System.ComponentModel;
using Gateway.Management.Instances;

namespace Gateway.Management.Overview;

/// <summary>The gateway and its instances at a glance.</summary>
internal sealed record HealthOverview
{
    public required OverallStatus Status { get; init; }

    [Description("It takes requests; false while it drains.")]
    public required bool Ready { get; init; }

    public required string Version { get; init; }

    public required DateTimeOffset Timestamp { get; init; }

    public required bool RedisConnected { get; init; }

    public required HealthSummary Summary { get; init; }

    public required IReadOnlyDictionary<string, InstanceHealthView> Instances { get; init; }
}
