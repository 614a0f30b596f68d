using System.Diagnostics.Metrics;
using Gateway.Management.Instances;
using Gateway.Recording.Metrics;

namespace Gateway.Management.Metrics;

/// <summary>How each instance stands, as gauges. What it has done is counted per call, in the metrics of the requests: a reset must not turn a counter back.</summary>
internal sealed class InstanceMeter
{
    private static readonly (InstanceStatus Status, string Label)[] Statuses =
    [
        (InstanceStatus.Active, "active"), (InstanceStatus.Disabled, "disabled"), (InstanceStatus.Paused, "paused"), (InstanceStatus.Unavailable, "unavailable"),
    ];

    private readonly StateSampler _sampler;

    public InstanceMeter(GatewayMeter gateway, StateSampler sampler)
    {
        _sampler = sampler;
        Meter meter = gateway.Meter;
        Observe(meter, "gateway.instance.healthy", null, "1 while its circuit is closed.",
            static instance => [One(instance, instance.HealthStatus == HealthStatus.Healthy ? 1 : 0)]);
        Observe(meter, "gateway.instance.status", null, "1 for the one that applies.", static instance => StatusesOf(instance));
        Observe(meter, "gateway.instance.slots", "{slot}", "Slots taken.", static instance => SlotsOf(instance));
        Observe(meter, "gateway.instance.slot_limit", "{slot}", "Calls it gets at once, now.", static instance => [One(instance, instance.Slots().Limit)]);
        Observe(meter, "gateway.instance.utilization", "1", "The larger of slots taken and window used.",
            static instance => [One(instance, instance.Usage().UtilizationPercent / 100)]);
        Observe(meter, "gateway.instance.error", "1", "Failed calls of the last 60 s.", static instance => [One(instance, instance.Usage().ErrorRate)]);
        Observe(meter, "gateway.instance.window.tokens", "{token}", "Tokens of the last 60 s, booked ones included.",
            static instance => [One(instance, instance.Usage().CurrentTpm)]);
        Observe(meter, "gateway.instance.window.limit", "{token}", "The most tokens in 60 s.",
            static instance => instance.MaxTpm is { } limit ? [One(instance, limit)] : []);
    }

    private void Observe(Meter meter, string name, string? unit, string description, Func<InstanceView, IEnumerable<Measurement<double>>> values) =>
        meter.CreateObservableGauge(name, () => (_sampler.Current?.Instances ?? []).SelectMany(values), unit, description);

    private static Measurement<double> One(InstanceView instance, double value) => new(value, Label(instance));

    private static IEnumerable<Measurement<double>> StatusesOf(InstanceView instance)
    {
        InstanceStatus status = instance.Status;
        return Statuses.Select(one => new Measurement<double>(one.Status == status ? 1 : 0, Label(instance), new("status", one.Label)));
    }

    private static Measurement<double>[] SlotsOf(InstanceView instance)
    {
        InstanceSlots slots = instance.Slots();
        return
        [
            new(slots.Running, Label(instance), new("state", "running")), new(slots.Ending, Label(instance), new("state", "ending")),
            new(slots.Cooling, Label(instance), new("state", "cooling")), new(slots.Leaked, Label(instance), new("state", "leaked")),
        ];
    }

    private static KeyValuePair<string, object?> Label(InstanceView instance) => new("upstream", instance.Name);
}
