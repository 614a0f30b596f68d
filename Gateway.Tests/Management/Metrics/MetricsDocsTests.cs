using System.Text.RegularExpressions;
using Gateway.Configuration;
using Gateway.Tests.Support;
using Gateway.Tests.Tidy;
using Xunit;

namespace Gateway.Tests.Management.Metrics;

/// <summary>The documentation and the exposition name the same metrics.</summary>
[Trait("req", "M5")]
public partial class MetricsDocsTests
{
    /// <summary>They appear with their first event, and these events are for other tests to bring about.</summary>
    private static readonly HashSet<string> Seldom =
    [
        "gateway_preemptions_total", "gateway_wasted_slot_seconds_total", "gateway_wasted_tokens_total", "gateway_retries_total",
        "gateway_redis_up", "gateway_redis_failures_total", "gateway_influxdb_points_total",
    ];

    [Fact]
    public async Task Metrics_AndTheirPage_NameTheSame()
    {
        await using Rig rig = await Rig.StartAsync(1, static options => options with
        {
            Instances = [options.Instances[0] with { MaxTpm = 100_000 }],
            RateLimit = new RateLimitOptions { RequestsPerMinute = 2 },
            Cache = new CacheOptions { Enabled = true },
        });
        string[] knobs = ["status=500", "tokens=3", "tokens=3"];
        foreach (string knob in knobs)
        {
            using HttpResponseMessage answer = await rig.ChatAsync(Rig.Urgent, "n", stream: true, [knob]).Soon();
            await answer.Content.ReadAsStringAsync(Rig.Cancel).Soon();
        }

        await rig.AssertQuietAsync(knobs.Length, 1);
        Exposition metrics = await Exposition.ScrapeAsync(rig);
        Dictionary<string, string> documented = Row().Matches(File.ReadAllText(Path.Combine(SourceTree.Root, "docs", "metrics.md")))
            .ToDictionary(static row => row.Groups["name"].Value, static row => row.Groups["type"].Value);

        Assert.Equal([], metrics.Types.Keys.Except(documented.Keys));
        Assert.Equal([], documented.Keys.Except(metrics.Types.Keys).Except(Seldom));
        Assert.All(metrics.Types, type => Assert.Equal(documented[type.Key], type.Value));
    }

    [GeneratedRegex(@"^\| `(?<name>\w+)` \| (?<type>counter|gauge|histogram) \|", RegexOptions.Multiline)]
    private static partial Regex Row();
}
