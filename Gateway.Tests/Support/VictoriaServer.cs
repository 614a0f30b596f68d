using System.Text.Json;

namespace Gateway.Tests.Support;

/// <summary>A real VictoriaMetrics, which takes InfluxDB's version 2 write API.</summary>
internal sealed class VictoriaServer : IAsyncDisposable
{
    private readonly HttpClient _client = Rig.NewClient();
    private readonly ServerProcess _process;

    private VictoriaServer(int port)
    {
        Url = new Uri($"http://127.0.0.1:{port}/");
        _client.BaseAddress = Url;
        _process = ServerProcess.Start("victoria-metrics", folder => [$"-storageDataPath={folder}/data", $"-httpListenAddr=127.0.0.1:{port}"]);
    }

    public Uri Url { get; }

    public static async Task<VictoriaServer> StartAsync()
    {
        var server = new VictoriaServer(FreePorts.One());
        await Eventually.TrueAsync(server.IsReadyAsync);
        return server;
    }

    /// <summary>All values of a field, each series' labels with them.</summary>
    public async Task<IReadOnlyList<(JsonElement Labels, double Value)>> ExportAsync(string field)
    {
        (await _client.GetAsync(new Uri("internal/force_flush", UriKind.Relative), Rig.Cancel).Soon()).Dispose();
        string lines = await _client.GetStringAsync(new Uri($"api/v1/export?match[]=openai_request_{field}", UriKind.Relative), Rig.Cancel).Soon();
        return [.. lines.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static line => JsonElement.Parse(line))
            .SelectMany(static series => series.GetProperty("values").EnumerateArray().Select(value => (series.GetProperty("metric"), value.GetDouble())))];
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _process.DisposeAsync();
    }

    private async Task<bool> IsReadyAsync()
    {
        try
        {
            using HttpResponseMessage answer = await _client.GetAsync(new Uri("health", UriKind.Relative), Rig.Cancel).Soon();
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
