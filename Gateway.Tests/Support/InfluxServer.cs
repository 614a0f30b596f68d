using System.Text.Json;

namespace Gateway.Tests.Support;

/// <summary>A real InfluxDB 1.6 with one empty database.</summary>
internal sealed class InfluxServer : IAsyncDisposable
{
    public const string Database = "proxybucket";

    private readonly HttpClient _client = Rig.NewClient();

    private InfluxServer(int port)
    {
        Url = new Uri($"http://127.0.0.1:{port}/write");
        _client.BaseAddress = new Uri(Url, "/");
        Process = ServerProcess.Start("influxd", folder =>
        {
            string file = Path.Combine(folder, "influxdb.conf");
            File.WriteAllText(file, $"""
                reporting-disabled = true
                bind-address = "127.0.0.1:{FreePorts.One()}"
                [meta]
                dir = "{folder}/meta"
                [data]
                dir = "{folder}/data"
                wal-dir = "{folder}/wal"
                [monitor]
                store-enabled = false
                [http]
                bind-address = "127.0.0.1:{port}"
                """);
            return ["run", "-config", file];
        });
    }

    public Uri Url { get; }

    public ServerProcess Process { get; }

    public static async Task<InfluxServer> StartAsync()
    {
        var server = new InfluxServer(FreePorts.One());
        await Eventually.TrueAsync(server.IsReadyAsync);
        return server;
    }

    /// <summary>The rows of a query's one series: a value by column. None when it has no result.</summary>
    public async Task<IReadOnlyList<IReadOnlyDictionary<string, JsonElement>>> QueryAsync(string query)
    {
        string text = await _client.GetStringAsync(new Uri($"query?db={Database}&epoch=ns&q={Uri.EscapeDataString(query)}", UriKind.Relative), Rig.Cancel).Soon();
        JsonElement result = JsonElement.Parse(text).GetProperty("results")[0];
        if (!result.TryGetProperty("series", out JsonElement series))
        {
            return [];
        }

        string[] columns = [.. series[0].GetProperty("columns").EnumerateArray().Select(static column => column.GetString()!)];
        return [.. series[0].GetProperty("values").EnumerateArray().Select(row =>
            columns.Zip(row.EnumerateArray()).ToDictionary(static cell => cell.First, static cell => cell.Second))];
    }

    public async Task<long> CountAsync() =>
        await QueryAsync("SELECT COUNT(processing_ms) FROM openai_request") is [var row] ? row["count"].GetInt64() : 0;

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await Process.DisposeAsync();
    }

    private async Task<bool> IsReadyAsync()
    {
        try
        {
            using HttpResponseMessage answer = await _client.PostAsync(
                new Uri($"query?q={Uri.EscapeDataString($"CREATE DATABASE {Database}")}", UriKind.Relative), content: null, Rig.Cancel).Soon();
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
