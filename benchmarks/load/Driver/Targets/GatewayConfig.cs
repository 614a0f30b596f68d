using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Load.Driver.Http;

namespace Load.Driver.Targets;

/// <summary>
/// The configuration of the gateway under test: three tiers, and four instances that are the same upstream, so that picking one costs what
/// it costs in earnest. Nothing else away from its default.
/// </summary>
internal static class GatewayConfig
{
    private const int MaxQueueLength = 20_000;
    private const int Instances = 4;

    // A limit that is counted against and never reached.
    private const int Plenty = 1_000_000_000;

    private static readonly JsonSerializerOptions WithoutNulls = new() { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    public static string Create(IReadOnlyList<int> ports, int upstreamPort, int concurrency, GatewayShape shape, Uri sink) => JsonSerializer.Serialize(new
    {
        host = "127.0.0.1",
        endpoints = ports.Select((port, index) => new { port, priority = index + 1, preemptive = index < ports.Count - 1 }),
        instances = Enumerable.Range(1, Instances).Select(number => new Dictionary<string, object?>
        {
            ["name"] = "i" + number.ToString(CultureInfo.InvariantCulture),
            ["provider_type"] = shape == GatewayShape.Azure ? "azure" : "openai",
            ["api_base"] = $"http://127.0.0.1:{upstreamPort}",
            ["max_tpm"] = shape == GatewayShape.Azure ? (int?)Plenty : null,
            ["model_deployments"] = new Dictionary<string, string> { ["gpt-4o"] = "production-gpt-4o" },
        }),
        scheduling = new { max_concurrency = (concurrency + Instances - 1) / Instances, max_queue_length = MaxQueueLength },
        client_keys = shape == GatewayShape.Limited
            ? new[] { new { name = "load", key = RequestBytes.Key, upstream_key = "sk-upstream" } }
            : null,
        influxdb_url = shape == GatewayShape.Observed ? sink.OriginalString : null,
        influx_token = shape == GatewayShape.Observed ? "load" : null,
        otlp_endpoint = shape == GatewayShape.Observed ? sink.OriginalString : null,
        rate_limit = shape == GatewayShape.Limited ? new { requests_per_minute = Plenty, tokens_per_minute = Plenty } : null,
    }, WithoutNulls);
}
