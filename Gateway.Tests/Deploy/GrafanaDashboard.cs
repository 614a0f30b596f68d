using System.Text.Json;
using System.Text.RegularExpressions;
using Gateway.Tests.Tidy;

namespace Gateway.Tests.Deploy;

/// <summary>A dashboard as it is shipped.</summary>
internal sealed partial class GrafanaDashboard
{
    public static readonly GrafanaDashboard Prometheus = new("gateway-prometheus.json", "expr");
    public static readonly GrafanaDashboard Influx = new("gateway-influxdb.json", "query");

    private readonly string _queryMember;

    private GrafanaDashboard(string file, string queryMember)
    {
        _queryMember = queryMember;
        Text = SourceTree.File("deploy/grafana/dashboards/" + file).Text;
        Json = JsonElement.Parse(Text);
    }

    public string Text { get; }

    public JsonElement Json { get; }

    /// <summary>Without the rows that only group them.</summary>
    public IReadOnlyList<JsonElement> Panels => [.. Json.GetProperty("panels").EnumerateArray().Where(static panel => panel.GetProperty("type").GetString() != "row")];

    /// <summary>What the panels ask, with the panel's title.</summary>
    public IEnumerable<(string Panel, string Query)> Queries => Panels.SelectMany(
        panel => panel.GetProperty("targets").EnumerateArray(),
        (panel, target) => (panel.GetProperty("title").GetString()!, target.GetProperty(_queryMember).GetString()!));

    /// <summary>Names of variables, and of Grafana's own, that somebody uses.</summary>
    public IReadOnlySet<string> UsedVariables => Variable().Matches(string.Join('\n', Queries.Select(static query => query.Query))).Select(static match => match.Groups["name"].Value).ToHashSet();

    public IReadOnlySet<string> DeclaredVariables =>
        Json.GetProperty("templating").GetProperty("list").EnumerateArray().Select(static variable => variable.GetProperty("name").GetString()!).ToHashSet();

    /// <summary>As Grafana fills them in when all is chosen.</summary>
    public static string Fill(string query, string window) => Variable().Replace(query, match => match.Groups["name"].Value switch
    {
        "__rate_interval" or "__interval" => window,
        "timeFilter" => "time > now() - 1h",
        _ => ".*",
    });

    [GeneratedRegex(@"\$(?<name>(?!tag_)[A-Za-z_]+)")]
    private static partial Regex Variable();
}
