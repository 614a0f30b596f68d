using System.Diagnostics.Metrics;
using Gateway.Listeners;
using Gateway.Recording.Metrics;
using Gateway.Scheduling;

namespace Gateway.Management.Metrics;

/// <summary>What waits and runs in each tier, as gauges.</summary>
internal sealed class TierMeter
{
    private readonly StateSampler _sampler;

    public TierMeter(GatewayMeter gateway, StateSampler sampler, ListenerTable listeners)
    {
        _sampler = sampler;
        Meter meter = gateway.Meter;
        Observe(meter, "gateway.queue.depth", "{request}", "Requests that wait for a slot.", static tier => tier.Depth);
        Observe(meter, "gateway.queue.sleeping", "{request}", "Requests that wait until a retry is due.", static tier => tier.Sleeping);
        Observe(meter, "gateway.queue.size", "By", "Bodies of the requests that wait.", static tier => tier.QueuedBytes);
        Observe(meter, "gateway.queue.oldest_wait", "s", "Age of the oldest waiting request.", static tier => tier.OldestAge.TotalSeconds);
        Observe(meter, "gateway.queue.estimated_wait", "s", "How long a request that arrived now would wait.", static tier => tier.EstimatedWait.TotalSeconds);
        Observe(meter, "gateway.running_requests", "{request}", "Requests that hold a slot.", static tier => tier.Running);
        Observe(meter, "gateway.tier.paused", null, "1 while an operator holds the tier back.", static tier => tier.Paused ? 1 : 0);
        meter.CreateObservableGauge("gateway.queue.limit", () => Limits(listeners), "{request}", "The most requests that may wait.");
    }

    private void Observe(Meter meter, string name, string? unit, string description, Func<TierSnapshot, double> value) => meter.CreateObservableGauge(
        name, () => (_sampler.Current?.Scheduler.Tiers ?? []).Select(tier => new Measurement<double>(value(tier), RequestMeter.Tier(tier.Priority))), unit, description);

    /// <summary>Ports may share a lane: whoever comes by the widest of them fills it.</summary>
    private static IEnumerable<Measurement<int>> Limits(ListenerTable listeners) => listeners.Policies
        .GroupBy(static policy => policy.Priority, static policy => policy.MaxQueueLength)
        .Select(static tier => new Measurement<int>(tier.Max(), RequestMeter.Tier(tier.Key)));
}
