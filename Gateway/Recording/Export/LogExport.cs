using Gateway.Configuration;
using OpenTelemetry.Logs;
using OpenTelemetry.Resources;

namespace Gateway.Recording.Export;

/// <summary>Sends log messages to the collector too. What the log says of each request is not among them: that is the request's span.</summary>
internal sealed class LogExport(LoggerProvider provider) : TelemetryExport
{
    /// <summary>Only where <c>otlp_endpoint</c> is configured.</summary>
    public static void AddTo(WebApplicationBuilder builder, OptionsSnapshot options)
    {
        if (options.Current.OtlpEndpoint is not { Length: > 0 } endpoint)
        {
            return;
        }

        var resource = ResourceBuilder.CreateDefault();
        OtlpTarget.Describe(resource);
        builder.Logging.AddOpenTelemetry(log =>
        {
            log.IncludeFormattedMessage = true;
            log.SetResourceBuilder(resource).AddOtlpExporter(exporter => OtlpTarget.Apply(exporter, endpoint, "logs"));
        });
        builder.Services.AddHostedService<LogExport>();
    }

    public override Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    protected override void Shutdown(int milliseconds) => provider.Shutdown(milliseconds);
}
