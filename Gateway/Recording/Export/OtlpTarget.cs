using System.Net;
using System.Net.Http.Headers;
using System.Text;
using OpenTelemetry.Exporter;
using OpenTelemetry.Resources;

namespace Gateway.Recording.Export;

/// <summary>
/// Where telemetry is exported to: <c>otlp_endpoint</c>. Its standard port for gRPC says gRPC; every other one takes protobuf over HTTP, at the
/// standard path of the signal. All else is for the standard environment variables to say.
/// </summary>
internal static class OtlpTarget
{
    private const int GrpcPort = 4317;

    /// <param name="exporter">Of the signal.</param>
    /// <param name="endpoint">The configured URL.</param>
    /// <param name="signal">As in the path: <c>traces</c>, <c>metrics</c>, <c>logs</c>.</param>
    public static void Apply(OtlpExporterOptions exporter, string endpoint, string signal)
    {
        var configured = new UriBuilder(endpoint);
        (string user, string password) = (configured.UserName, configured.Password);
        (configured.UserName, configured.Password) = ("", "");
        Uri url = configured.Uri;
        bool isGrpc = url.Port == GrpcPort;
        exporter.Protocol = isGrpc ? OtlpExportProtocol.Grpc : OtlpExportProtocol.HttpProtobuf;
        exporter.Endpoint = isGrpc ? url : new Uri($"{url.GetLeftPart(UriPartial.Path).TrimEnd('/')}/v1/{signal}{url.Query}");

        // Goes nowhere that the configuration does not name, and is part of no trace itself.
        exporter.HttpClientFactory = () => new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            ActivityHeadersPropagator = null,
            AutomaticDecompression = DecompressionMethods.None,
        })
        {
            Timeout = TimeSpan.FromMilliseconds(exporter.TimeoutMilliseconds),
            DefaultRequestHeaders = { Authorization = user.Length == 0 ? null : Basic(user, password) },
        };
    }

    /// <summary>Who it is that reports; <c>OTEL_SERVICE_NAME</c> and <c>OTEL_RESOURCE_ATTRIBUTES</c> say it otherwise.</summary>
    public static void Describe(ResourceBuilder resource) => resource
        .AddService("gateway", serviceVersion: typeof(OtlpTarget).Assembly.GetName().Version?.ToString(3), serviceInstanceId: Environment.MachineName)
        .AddEnvironmentVariableDetector();

    private static AuthenticationHeaderValue Basic(string user, string password) =>
        new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{Uri.UnescapeDataString(user)}:{Uri.UnescapeDataString(password)}")));
}
