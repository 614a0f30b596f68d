using System.Globalization;
using Chaos.Calling;

namespace Chaos.Processes;

/// <summary>A gateway under attack, with a port for each of three tiers.</summary>
internal sealed class GatewayServer(Server server, IReadOnlyList<int> ports, HttpClient client)
{
    private static readonly TimeSpan RestLimit = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <summary>What must be nought when nobody calls.</summary>
    private static readonly string[] AtRest =
        ["gateway_running_requests", "gateway_queue_depth", "gateway_queue_sleeping", "gateway_queue_size_bytes", "gateway_buffer_size_bytes", "gateway_cache_flights"];

    public Server Server { get; } = server;

    public string ConfigFile => Path.Combine(Server.Folder, "config.json");

    public Uri At(int tier, string path) => new($"http://127.0.0.1:{ports[tier - 1].ToString(CultureInfo.InvariantCulture)}{path}");

    public int Port(int tier) => ports[tier - 1];

    public async Task<Exposition> MetricsAsync(CancellationToken stop)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, At(1, "/metrics"));
        request.Headers.Add("X-Admin-Token", Canaries.Admin);
        using HttpResponseMessage answer = await client.SendAsync(request, stop);
        answer.EnsureSuccessStatusCode();
        return new Exposition(await answer.Content.ReadAsStringAsync(stop));
    }

    /// <summary>The status of a plain GET on tier 1; 0 when there was no answer.</summary>
    public async Task<int> StatusAsync(string path, CancellationToken stop)
    {
        try
        {
            using HttpResponseMessage answer = await client.GetAsync(At(1, path), stop);
            return (int)answer.StatusCode;
        }
        catch (HttpRequestException)
        {
            return 0;
        }
    }

    /// <summary>Waits until nothing is under way any more; returns what still was at the limit, or "".</summary>
    public async Task<string> RestAsync(CancellationToken stop)
    {
        long started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            Exposition metrics = await MetricsAsync(stop);
            IEnumerable<(string Name, double Value)> values =
                [.. AtRest.Select(name => (name, metrics.Sum(name))), ("slots", metrics.Sum("gateway_instance_slots"))];
            string busy = string.Join(", ", values.Where(static pair => pair.Value != 0).Select(static pair => $"{pair.Name} {pair.Value}"));
            if (busy.Length == 0 || TimeProvider.System.GetElapsedTime(started) > RestLimit)
                return busy;
            await Task.Delay(Pause, TimeProvider.System, stop);
        }
    }
}
