using System.Text.RegularExpressions;
using Gateway.Configuration;
using Gateway.Redis;
using Gateway.Tests.Conservation;
using Gateway.Tests.Support;
using Gateway.Tests.Tidy;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Gateway.Tests.Deploy;

/// <summary>Dashboards and alerts ask for what there is: of a real gateway, after some mixed work, through a real Prometheus.</summary>
[Collection(Alone.Name)]
[Trait("req", "M5")]
public partial class MetricNamesTests
{
    private const int Calls = 600;
    private const int AtOnce = 24;
    private const string Window = "30s";

    [Fact]
    public async Task Names_InDashboardsAlertsAndDocs_AreThoseOfMetrics()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using ConservationRig rig = await WorkAsync(redis);
        Exposition metrics = await rig.ScrapeAsync();

        Assert.All(
            [GrafanaDashboard.Prometheus.Text, .. AlertRules.All.Select(static rule => rule.Expression), SourceTree.File("docs/observability.md").Text, SourceTree.File("docs/operations.md").Text],
            text => Assert.All(NamesIn(text), name => Assert.True(IsKnown(metrics, name), $"{name} is not among\n{string.Join('\n', metrics.Types.Keys.Order())}")));
        Assert.False(IsKnown(metrics, "gateway_queue_length"));
    }

    [Fact]
    public async Task Queries_OfEveryPanelAndAlert_FindSomething()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using ConservationRig rig = await WorkAsync(redis);
        await using PrometheusServer prometheus = await PrometheusServer.StartAsync(rig.Gateway.Address(Rig.Urgent));

        // Rates need two scrapes, and something between them.
        await prometheus.WaitForAsync("count_over_time(gateway_build_info[30s]) > bool 3", 1);
        foreach ((string panel, string query) in GrafanaDashboard.Prometheus.Queries.Concat(AlertRules.All))
        {
            string filled = WithoutThreshold().Replace(GrafanaDashboard.Fill(query, Window), "");
            Assert.True(await prometheus.QueryAsync($"count({filled})") > 0, $"{panel} finds nothing: {filled}");
        }
    }

    private static async Task<ConservationRig> WorkAsync(RedisServer redis)
    {
        ConservationRig rig = await ConservationRig.StartAsync(options => options with
        {
            RedisUrl = redis.Url,
            InfluxdbUrl = "http://127.0.0.1:9",
            Retries = options.Retries with { RetryUnanswered = true },
            Instances = [.. options.Instances.Select(static instance => instance with { MaxTpm = 1_000_000_000 })],
        });
        await Eventually.TrueAsync(() => rig.Gateway.Services.GetRequiredService<RedisConnection>().IsAvailable);
        await rig.Caller.RunAsync(new CallMix(seed: 5).Take(Calls), AtOnce);
        await rig.CloseAsync();
        return rig;
    }

    private static IEnumerable<string> NamesIn(string text) => MetricName().Matches(text).Select(static match => match.Value).Distinct();

    private static bool IsKnown(Exposition metrics, string name) =>
        metrics.Types.ContainsKey(name) || metrics.Types.GetValueOrDefault(Suffix().Replace(name, "")) == "histogram";

    [GeneratedRegex(@"\b(gateway|gen_ai|dotnet|process)_[a-z_]+[a-z]\b(?<!gen_ai_token_type|gen_ai_operation_name|gateway_admin_token)")]
    private static partial Regex MetricName();

    [GeneratedRegex("_(bucket|sum|count)$")]
    private static partial Regex Suffix();

    /// <summary>A comparison with a number lets nothing through while all is well.</summary>
    [GeneratedRegex(@"\s(==|>=|>|<)\s[0-9.]+")]
    private static partial Regex WithoutThreshold();
}
