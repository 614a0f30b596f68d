using System.Text.Json;

namespace Load.Driver.Targets;

/// <summary>The configuration of the gateway under test: three tiers, one upstream, nothing else away from its default.</summary>
internal static class GatewayConfig
{
    private const int MaxQueueLength = 20_000;

    public static string Create(IReadOnlyList<int> ports, int upstreamPort, int concurrency) => JsonSerializer.Serialize(new
    {
        host = "127.0.0.1",
        endpoints = ports.Select((port, index) => new { port, priority = index + 1, preemptive = index < ports.Count - 1 }),
        openai_api_url = $"http://127.0.0.1:{upstreamPort}",
        scheduling = new { max_concurrency = concurrency, max_queue_length = MaxQueueLength },
    });
}
