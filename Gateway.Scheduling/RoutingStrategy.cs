using System.Text.Json.Serialization;

namespace Gateway.Scheduling;

/// <summary>Which of several instances that can take an attempt now gets it.</summary>
public enum RoutingStrategy
{
    /// <summary>The lowest <see cref="InstanceTraits.Priority"/>; there the one with the most free slots.</summary>
    [JsonStringEnumMemberName("failover")]
    Failover,

    /// <summary>In proportion to <see cref="InstanceTraits.Weight"/>, exactly, in smooth turns.</summary>
    [JsonStringEnumMemberName("weighted")]
    Weighted,

    /// <summary>In turn.</summary>
    [JsonStringEnumMemberName("round_robin")]
    RoundRobin,

    /// <summary>The highest score: 0.3 for weight (of 20), 0.4 for free slots, 0.2 for few errors, 0.1 for answers that begin within a second.</summary>
    [JsonStringEnumMemberName("composite")]
    Composite,
}
