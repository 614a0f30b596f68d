using System.Net;
using System.Text.Json;
using Load.Driver.Processes;

namespace Load.Driver.Targets;

/// <summary>The upstream that all targets share.</summary>
internal sealed class Simulator(int port, ChildProcess process) : IAsyncDisposable
{
    private readonly HttpClient _client = new() { BaseAddress = new Uri($"http://127.0.0.1:{port}"), Timeout = TimeSpan.FromSeconds(10) };

    public int Port { get; } = port;

    /// <summary>
    /// How many requests for an answer reached the upstream so far: health checks are none. Compared before and after a round it proves that a proxy
    /// neither answered from a cache nor asked twice.
    /// </summary>
    public async Task<long> StartedAsync(CancellationToken stop)
    {
        process.EnsureAlive();
        using JsonDocument stats = JsonDocument.Parse(await _client.GetStringAsync("/sim/stats", stop));
        return stats.RootElement.GetProperty("billable_starts").GetInt64();
    }

    public async Task WaitUntilReadyAsync(CancellationToken stop) =>
        await Readiness.WaitAsync(process, new IPEndPoint(IPAddress.Loopback, Port), "/sim/stats", stop);

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await process.DisposeAsync();
    }
}
