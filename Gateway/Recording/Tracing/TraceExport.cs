using Gateway.Configuration;
using Gateway.Recording.Export;
using OpenTelemetry;
using OpenTelemetry.Trace;

namespace Gateway.Recording.Tracing;

/// <summary>Sends finished spans to the collector, in batches, from a thread of its own: bounded, and dropped where it does not take them.</summary>
internal sealed class TraceExport(RequestTracer tracer, OptionsSnapshot options) : TelemetryExport, IDisposable
{
    private TracerProvider? _provider;

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        if (tracer.Source is { } source)
        {
            string endpoint = options.Current.OtlpEndpoint;
            _provider = Sdk.CreateTracerProviderBuilder()
                .AddSource(source)
                .ConfigureResource(OtlpTarget.Describe)
                .AddOtlpExporter(exporter => OtlpTarget.Apply(exporter, endpoint, "traces"))
                .Build();
        }

        return Task.CompletedTask;
    }

    public void Dispose() => _provider?.Dispose();

    protected override void Shutdown(int milliseconds) => _provider?.Shutdown(milliseconds);
}
