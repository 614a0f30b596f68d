using System.Text.Json;
using Gateway.Configuration;
using Gateway.Tests.Conservation;
using Gateway.Tests.Support;
using Xunit;

namespace Gateway.Tests.Deploy;

/// <summary>What the InfluxDB dashboard and its page ask, asked of a real InfluxDB after some mixed work.</summary>
[Collection(Alone.Name)]
[Trait("req", "P11")]
public class InfluxDashboardTests
{
    private const int Calls = 600;
    private const int AtOnce = 24;

    [Fact]
    public async Task Queries_OfEveryPanel_FindSomething()
    {
        await using InfluxServer influx = await InfluxServer.StartAsync();
        await using ConservationRig rig = await ConservationRig.StartAsync(options => options with { InfluxdbUrl = influx.Url.OriginalString, InfluxBucket = InfluxServer.Database });
        await rig.Caller.RunAsync(new CallMix(seed: 5).Take(Calls), AtOnce);
        Books books = await rig.CloseAsync();
        await Eventually.TrueAsync(async () => await influx.CountAsync() >= books.Records.Count);

        foreach ((string panel, string query) in GrafanaDashboard.Influx.Queries)
        {
            IReadOnlyList<IReadOnlyDictionary<string, JsonElement>> rows = await influx.QueryAsync(GrafanaDashboard.Fill(query, "1m"));
            Assert.True(rows.Any(static row => row.Where(static cell => cell.Key != "time").Any(static cell => cell.Value.ValueKind != JsonValueKind.Null)), $"{panel} finds nothing: {query}");
        }

        foreach (JsonElement variable in GrafanaDashboard.Influx.Json.GetProperty("templating").GetProperty("list").EnumerateArray().Where(static variable => variable.GetProperty("type").GetString() == "query"))
        {
            Assert.NotEmpty(await influx.QueryAsync(variable.GetProperty("query").GetString()!));
        }
    }
}
