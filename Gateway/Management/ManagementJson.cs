using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Gateway.Management.Caching;
using Gateway.Management.Instances;
using Gateway.Management.Overview;
using Gateway.Management.Queue;
using Gateway.Management.Statistics;
using Gateway.Requests;
using Gateway.Scheduling;
using Gateway.Upstreams;

namespace Gateway.Management;

/// <summary>How the answers of the management routes are written.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    Converters =
    [
        typeof(SnakeCaseEnumConverter<InstanceStatus>), typeof(SnakeCaseEnumConverter<HealthStatus>), typeof(SnakeCaseEnumConverter<CircuitState>),
        typeof(SnakeCaseEnumConverter<Outcome>), typeof(SnakeCaseEnumConverter<ItemState>), typeof(SnakeCaseEnumConverter<OverallStatus>),
        typeof(SnakeCaseEnumConverter<UsageMetric>),
    ])]
[JsonSerializable(typeof(InstancesAnswer))]
[JsonSerializable(typeof(InstanceAnswer))]
[JsonSerializable(typeof(ResetAnswer))]
[JsonSerializable(typeof(SettingsAnswer))]
[JsonSerializable(typeof(HealthOverview))]
[JsonSerializable(typeof(QueueAnswer))]
[JsonSerializable(typeof(RemovalAnswer))]
[JsonSerializable(typeof(TierAnswer))]
[JsonSerializable(typeof(DrainAnswer))]
[JsonSerializable(typeof(CacheAnswer))]
[JsonSerializable(typeof(StatsAnswer))]
[JsonSerializable(typeof(InstanceUsageAnswer))]
[JsonSerializable(typeof(UsageAnswer))]
[JsonSerializable(typeof(JsonObject))]
internal sealed partial class ManagementJson : JsonSerializerContext;
