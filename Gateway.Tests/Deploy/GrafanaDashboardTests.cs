using System.Text.Json;
using Gateway.Tests.Support;
using Xunit;

namespace Gateway.Tests.Deploy;

/// <summary>What Grafana needs of a dashboard, without Grafana.</summary>
[Trait("req", "M5")]
public class GrafanaDashboardTests
{
    private const int Columns = 24;

    public static TheoryData<string> Names => ["prometheus", "influxdb"];

    [Theory]
    [MemberData(nameof(Names))]
    public void Dashboard_ItsParts_AreDeclaredAndDoNotOverlap(string name)
    {
        GrafanaDashboard dashboard = Of(name);
        int[] ids = [.. dashboard.Json.GetProperty("panels").EnumerateArray().Select(static panel => panel.GetProperty("id").GetInt32())];
        Assert.Equal(ids.Length, ids.Distinct().Count());
        Assert.Equal(dashboard.Panels.Count, dashboard.Panels.Select(static panel => panel.GetProperty("title").GetString()).Distinct().Count());
        Assert.Superset(dashboard.UsedVariables.Where(static variable => !variable.StartsWith("__", StringComparison.Ordinal) && variable != "timeFilter").ToHashSet(), dashboard.DeclaredVariables.ToHashSet());

        // No address or identity of one installation: the data source is chosen, everything else follows it.
        Assert.All(dashboard.Panels, static panel => Assert.Equal("${datasource}", panel.GetProperty("datasource").GetProperty("uid").GetString()));
        AssertApart(dashboard.Json.GetProperty("panels"));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Dashboard_EachPanel_SaysWhatItShowsInItsUnit(string name) => Assert.All(Of(name).Panels, static panel =>
    {
        Assert.NotEmpty(panel.GetProperty("title").GetString()!);
        Assert.NotEmpty(panel.GetProperty("targets").EnumerateArray());
        Assert.NotEmpty(panel.GetProperty("fieldConfig").GetProperty("defaults").GetProperty("unit").GetString()!);
    });

    private static GrafanaDashboard Of(string name) => name == "prometheus" ? GrafanaDashboard.Prometheus : GrafanaDashboard.Influx;

    private static void AssertApart(JsonElement panels)
    {
        var taken = new HashSet<(int X, int Y)>();
        foreach (JsonElement place in panels.EnumerateArray().Select(static panel => panel.GetProperty("gridPos")))
        {
            (int x, int y, int width, int height) = (Number(place, "x"), Number(place, "y"), Number(place, "w"), Number(place, "h"));
            Assert.InRange(x + width, 1, Columns);
            Assert.All(
                Enumerable.Range(x, width).SelectMany(column => Enumerable.Range(y, height), static (column, row) => (column, row)),
                cell => Assert.True(taken.Add(cell), $"two panels at {cell}"));
        }
    }

    private static int Number(JsonElement place, string name) => place.GetProperty(name).GetInt32();
}
