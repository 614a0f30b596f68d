using UpstreamSimulator;
using Xunit;

namespace Gateway.Tests.Support;

/// <summary>A simulator and a client for one test.</summary>
internal sealed class SimulatorFixture : IAsyncDisposable
{
    /// <summary>The guard of every await: far above what anything takes.</summary>
    public static readonly TimeSpan Guard = TimeSpan.FromSeconds(20);

    private SimulatorFixture(SimulatorHost host)
    {
        Host = host;
        Client = new HttpClient(new SocketsHttpHandler()) { BaseAddress = host.BaseAddress, Timeout = Guard };
    }

    public SimulatorHost Host { get; }

    public HttpClient Client { get; }

    public static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static async Task<SimulatorFixture> StartAsync(SimulatorOptions? options = null) =>
        new(await SimulatorApp.StartAsync((options ?? new SimulatorOptions()) with { Port = 0 }));

    /// <summary>Sends a request with knobs given as <c>name=value</c>, without their <c>x-sim-</c>.</summary>
    public Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, HttpContent? body, params string[] knobs)
    {
        HttpRequestMessage request = new(method, path) { Content = body };
        foreach (string knob in knobs)
        {
            int equals = knob.IndexOf('=', StringComparison.Ordinal);
            request.Headers.Add("x-sim-" + knob[..equals], knob[(equals + 1)..]);
        }

        return Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancel);
    }

    public Task<HttpResponseMessage> PostAsync(string path, string json, params string[] knobs) =>
        SendAsync(HttpMethod.Post, path, new StringContent(json, System.Text.Encoding.UTF8, "application/json"), knobs);

    public Task WaitUntil(Func<StatsSnapshot, bool> condition) => Host.WaitUntil(condition, Guard);

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await Host.DisposeAsync();
    }
}
