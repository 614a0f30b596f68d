using System.Text.Json;

namespace Chaos.Processes;

/// <summary>What an InfluxDB was told.</summary>
internal static class InfluxQuery
{
    private const string Database = "proxybucket";

    public static async Task CreateAsync(Server influx, HttpClient client, CancellationToken stop)
    {
        using HttpResponseMessage answer = await client.PostAsync(
            influx.At($"/query?q={Uri.EscapeDataString($"CREATE DATABASE {Database}")}"), content: null, stop);
        answer.EnsureSuccessStatusCode();
    }

    /// <summary>The ids of all requests that have a point, as often as they have one.</summary>
    public static async Task<IReadOnlyList<string>> RequestIdsAsync(Server influx, HttpClient client, CancellationToken stop)
    {
        string text = await client.GetStringAsync(
            influx.At($"/query?db={Database}&q={Uri.EscapeDataString("SELECT request_id FROM openai_request")}"), stop);
        JsonElement result = JsonElement.Parse(text).GetProperty("results")[0];
        return result.TryGetProperty("series", out JsonElement series)
            ? [.. series[0].GetProperty("values").EnumerateArray().Select(static row => row[1].GetString() ?? "")]
            : [];
    }
}
