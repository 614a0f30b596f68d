using System.Text.Json.Serialization;

namespace Gateway.Configuration;

/// <summary>How one of several eligible instances is picked.</summary>
internal enum RoutingStrategy
{
    /// <summary>The best (lowest) priority that is healthy.</summary>
    [JsonStringEnumMemberName("failover")]
    Failover,

    /// <summary>At random in proportion to <c>weight</c>.</summary>
    [JsonStringEnumMemberName("weighted")]
    Weighted,

    /// <summary>In turn.</summary>
    [JsonStringEnumMemberName("round_robin")]
    RoundRobin,

    /// <summary>By a score of weight, utilisation, error rate and latency.</summary>
    [JsonStringEnumMemberName("composite")]
    Composite,
}
