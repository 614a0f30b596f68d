using System.Globalization;
using System.Net;
using System.Text.Json;

namespace Gateway.Tests.Support;

/// <summary>A real Prometheus of a test's own, that scrapes one target every 200 ms.</summary>
internal sealed class PrometheusServer : IAsyncDisposable
{
    private readonly HttpClient _client = Rig.NewClient();
    private readonly ServerProcess _process;

    private PrometheusServer(Uri target, string? token)
    {
        int port = FreePorts.One();
        _client.BaseAddress = new Uri($"http://127.0.0.1:{port}/");
        string credentials = token is null ? "" : $", authorization: {{ credentials: '{token}' }}";
        _process = ServerProcess.Start("prometheus", folder =>
        {
            string configuration = Path.Combine(folder, "prometheus.yml");
            File.WriteAllText(configuration, $$"""
                scrape_configs:
                  - { job_name: gateway, scrape_interval: 200ms, scrape_timeout: 200ms{{credentials}}, static_configs: [{ targets: ['{{target.Authority}}'] }] }
                """);
            return
            [
                $"--config.file={configuration}", $"--storage.tsdb.path={Path.Combine(folder, "data")}",
                string.Create(CultureInfo.InvariantCulture, $"--web.listen-address=127.0.0.1:{port}"), "--log.level=error",
            ];
        });
    }

    public static async Task<PrometheusServer> StartAsync(Uri target, string? token = null)
    {
        var server = new PrometheusServer(target, token);
        await Eventually.TrueAsync(server.IsReadyAsync);
        return server;
    }

    /// <summary>The value of an instant query; null when it has no result.</summary>
    public async Task<double?> QueryAsync(string query)
    {
        using HttpResponseMessage answer = await _client.GetAsync(new Uri($"api/v1/query?query={Uri.EscapeDataString(query)}", UriKind.Relative), Rig.Cancel).Soon();
        JsonElement[] results = [.. JsonElement.Parse(await answer.Content.ReadAsStringAsync(Rig.Cancel)).GetProperty("data").GetProperty("result").EnumerateArray()];
        return results is [var one] ? double.Parse(one.GetProperty("value")[1].GetString()!, CultureInfo.InvariantCulture) : null;
    }

    /// <summary>Asks until the answer is this one.</summary>
    public Task WaitForAsync(string query, double value) => Eventually.TrueAsync(async () => await QueryAsync(query) == value);

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        _client.Dispose();
    }

    private async Task<bool> IsReadyAsync()
    {
        try
        {
            using HttpResponseMessage answer = await _client.GetAsync(new Uri("-/ready", UriKind.Relative), Rig.Cancel).Soon();
            return answer.StatusCode == HttpStatusCode.OK;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
