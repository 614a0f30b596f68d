using System.ComponentModel;
using Gateway.Upstreams;

namespace Gateway.Management.Instances;

/// <summary>The circuit of an instance.</summary>
internal sealed record InstanceHealthView
{
    public required HealthStatus HealthStatus { get; init; }

    public required CircuitState Circuit { get; init; }

    [Description("Why the circuit is not closed; null when it is.")]
    public required string? Reason { get; init; }

    [Description("Start of the present state of the circuit.")]
    public required DateTimeOffset Since { get; init; }

    [Description("End of the pause that the upstream asked for; null without one.")]
    public required DateTimeOffset? PausedUntil { get; init; }

    [Description("Time until an open circuit may be probed; zero when it may be now, or is not open.")]
    public required double ProbeInMs { get; init; }
}
