using System.Diagnostics.Metrics;
using Gateway.Configuration;
using Gateway.Recording.Export;
using Gateway.Recording.Metrics;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace Gateway.Management.Metrics;

/// <summary>Reads the instruments for whoever scrapes, and, with <c>otlp_endpoint</c>, for a collector.</summary>
internal sealed class MetricsExport(
    GatewayMeter gateway, RequestMeter requests, TierMeter tiers, InstanceMeter instances, StateMeter state, OptionsSnapshot options) : TelemetryExport, IDisposable
{
    private const string Runtime = "System.Runtime";

    /// <summary>Prometheus keeps the ending for histograms, so it is shown under another name.</summary>
    private const string Timers = "dotnet.timer.count";

    /// <summary>Of the runtime's own instruments, those that an operator looks at, and that are of the right kind: it has the thread pool's as counters.</summary>
    private static readonly HashSet<string> OfRuntime =
    [
        "dotnet.process.cpu.time", "dotnet.process.memory.working_set", "dotnet.gc.collections", "dotnet.gc.heap.total_allocated",
        "dotnet.gc.last_collection.heap.size", "dotnet.gc.pause.time", Timers,
    ];

    /// <summary>They have made their instruments, which are read from here on.</summary>
    private readonly object[] _meters = [requests, tiers, instances, state];

    private readonly PrometheusExporter _prometheus = new();
    private MeterProvider? _provider;

    /// <summary>All metrics in the text format of Prometheus.</summary>
    public byte[] Scrape() => _prometheus.Scrape();

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        MeterProviderBuilder builder = Sdk.CreateMeterProviderBuilder()
            .AddMeter(gateway.Meter.Name, Runtime)
            .ConfigureResource(OtlpTarget.Describe)
            .AddView(View)
            .AddReader(new BaseExportingMetricReader(_prometheus));
        if (options.Current.OtlpEndpoint is { Length: > 0 } endpoint)
        {
            builder.AddOtlpExporter(exporter => OtlpTarget.Apply(exporter, endpoint, "metrics"));
        }

        _provider = builder.Build();
        return Task.CompletedTask;
    }

    public void Dispose() => _provider?.Dispose();

    protected override void Shutdown(int milliseconds) => _provider?.Shutdown(milliseconds);

    private static MetricStreamConfiguration? View(Instrument instrument) => instrument.Meter.Name == Runtime && !OfRuntime.Contains(instrument.Name)
        ? MetricStreamConfiguration.Drop
        : new MetricStreamConfiguration { Name = instrument.Name == Timers ? "dotnet.timers" : null, CardinalityLimit = MaxSeriesOf(instrument.Name) };

    /// <summary>Room is taken for so many series, and more are never kept: enough for 64 instances or tiers, and for whatever callers send.</summary>
    private static int MaxSeriesOf(string instrument) => instrument switch
    {
        "gateway.requests" => 2 * RequestMeter.MaxRequestSeries,
        "gateway.tokens" or "gateway.upstream.errors" => 3000,
        _ => 600,
    };
}
