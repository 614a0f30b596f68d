using Gateway.Configuration;
using Gateway.Tests.Support;
using Xunit;

namespace Gateway.Tests.Management.Metrics;

/// <summary>Against a real Prometheus and its promtool.</summary>
[Trait("req", "M5")]
public class PrometheusTests
{
    private const string Token = "scrape-token-0123456789";

    [Fact]
    public async Task Prometheus_ScrapesAnswersAndPreemptions_FindsThemByQuery()
    {
        await using Rig rig = await Rig.StartAsync(1, static options => options with { AdminToken = Token });
        await using PrometheusServer prometheus = await PrometheusServer.StartAsync(rig.Gateway.Address(Rig.Urgent), Token);
        Task<HttpResponseMessage> batch = rig.StuckAsync(Rig.Batch, "low", stream: true);
        await rig.WaitForLiveAsync(Rig.Batch, 1);
        await prometheus.WaitForAsync("gateway_running_requests{tier=\"3\"}", 1);
        using HttpResponseMessage urgent = await rig.ChatAsync(Rig.Urgent, "high").Soon();
        await (await batch.Soon()).Content.ReadAsStringAsync(Rig.Cancel).Soon();

        await prometheus.WaitForAsync("up{job=\"gateway\"}", 1);
        await prometheus.WaitForAsync("sum(gateway_requests_total{endpoint=\"/v1/chat/completions\",code=\"200\"})", 2);
        await prometheus.WaitForAsync("gateway_preemptions_total{tier=\"3\",by_tier=\"1\"}", 1);
        await prometheus.WaitForAsync("gateway_running_requests{tier=\"3\"}", 0);
        await prometheus.WaitForAsync("gen_ai_server_request_duration_seconds_bucket{tier=\"3\",le=\"+Inf\"} - ignoring(le) gen_ai_server_request_duration_seconds_count", 0);

        // A quantile comes of real, cumulative buckets only.
        Assert.InRange((await prometheus.QueryAsync("histogram_quantile(0.5, sum by (le) (gen_ai_server_request_duration_seconds_bucket))"))!.Value, 0, 30);
    }

    [Fact]
    public async Task Prometheus_WithoutTheToken_GetsNothing()
    {
        await using Rig rig = await Rig.StartAsync(1, static options => options with { AdminToken = Token });
        await using PrometheusServer prometheus = await PrometheusServer.StartAsync(rig.Gateway.Address(Rig.Urgent));

        await prometheus.WaitForAsync("up{job=\"gateway\"}", 0);

        Assert.Null(await prometheus.QueryAsync("sum(gateway_build_info)"));
    }

    [Fact]
    [Trait("row", "M2")]
    public async Task Promtool_WholeScrapeAfterAllKindsOfEnds_IsClean()
    {
        await using Rig rig = await Rig.StartAsync(1, static options => options with
        {
            Instances = [options.Instances[0] with { Name = "odd \"name\" \\ é", MaxTpm = 100_000 }],
            Retries = new RetryOptions { MaxRetries = 1, BaseDelay = TimeSpan.FromMilliseconds(1), Budget = 10 },
            RateLimit = new RateLimitOptions { TokensPerMinute = 50_000, RequestsPerMinute = 100 },
            Cache = new CacheOptions { Enabled = true },
        });
        string[][] knobs = [[], ["status=500"], ["status=429", "fail-times=1"], ["status=418"], ["fail=reset-before-headers"], ["fail=reset-after:2"]];
        foreach (string[] knob in knobs)
        {
            await Record.ExceptionAsync(async () =>
            {
                using HttpResponseMessage answer = await rig.ChatAsync(Rig.Batch, "n", stream: true, knob).Soon();
                await answer.Content.ReadAsStringAsync(Rig.Cancel).Soon();
            });
        }

        using HttpResponseMessage odd = await rig.SendAsync(rig.Request(
            Rig.Urgent, HttpMethod.Post, "/v1/chat/completions", Rig.Json("""{"model":"a\"} 1\nevil 2\u0000","messages":[]}"""))).Soon();
        await odd.Content.ReadAsStringAsync(Rig.Cancel).Soon();
        await rig.Gateway.Records.WaitForAsync(knobs.Length + 1);

        Exposition metrics = await Exposition.ScrapeAsync(rig);

        Assert.DoesNotContain("evil", metrics.Text, StringComparison.Ordinal);
        Assert.Contains("odd \"name\" \\ é", metrics.Labels("upstream"));
        await Promtool.AssertCleanAsync(metrics.Text);
    }
}
