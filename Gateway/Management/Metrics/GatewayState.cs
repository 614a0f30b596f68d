using Gateway.Management.Instances;
using Gateway.Scheduling;

namespace Gateway.Management.Metrics;

/// <summary>What the gauges show, as it was at one moment.</summary>
/// <param name="Scheduler">Lanes and slots.</param>
/// <param name="Instances">The instances, each with its slots and its window.</param>
internal sealed record GatewayState(SchedulerSnapshot Scheduler, IReadOnlyList<InstanceView> Instances);
