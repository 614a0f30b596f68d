using System.Net;
using Gateway.Configuration;
using Gateway.Tests.Support;
using Xunit;

namespace Gateway.Tests.Management.Metrics;

/// <summary>What <c>/metrics</c> says of what happened.</summary>
[Trait("req", "M5")]
public class MetricsTests
{
    [Fact]
    public async Task Metrics_AfterAPreemption_SayWhoWasInterruptedForWhomAndWhatItCost()
    {
        await using Rig rig = await Rig.StartAsync();
        Task<HttpResponseMessage> batch = rig.StuckAsync(Rig.Batch, "low", stream: true);
        await rig.WaitForLiveAsync(Rig.Batch, 1);
        Task<HttpResponseMessage>[] urgent = await rig.HoldAsync(Rig.Urgent, 1);

        Exposition during = await Exposition.ScrapeAsync(rig);
        rig.Held.ReleaseAll();
        await (await urgent[0].Soon()).Content.ReadAsStringAsync(Rig.Cancel).Soon();
        await (await batch.Soon()).Content.ReadAsStringAsync(Rig.Cancel).Soon();
        await rig.AssertQuietAsync(3, 1);
        Exposition after = await Exposition.ScrapeAsync(rig);

        Assert.Equal(1, during.Value("gateway_running_requests", "tier=1"));
        Assert.Equal(1, during.Value("gateway_queue_depth", "tier=3"));
        Assert.Equal(1, during.Value("gateway_instance_slots", "upstream=default", "state=running"));
        Assert.Equal(1, during.Value("gateway_instance_utilization_ratio", "upstream=default"));
        Assert.Null(during.Find("gateway_preemptions_total", "tier=3", "by_tier=1"));
        Assert.Equal(0, after.Value("gateway_running_requests", "tier=1"));
        Assert.Equal(0, after.Value("gateway_queue_depth", "tier=3"));
        Assert.Equal(1, after.Value("gateway_preemptions_total", "tier=3", "by_tier=1"));
        Assert.Equal(1, after.Value("gateway_upstream_calls_total", "upstream=default", "end=preempted"));
        Assert.Equal(2, after.Value("gateway_upstream_calls_total", "upstream=default", "end=answered"));
        Assert.True(after.Value("gateway_wasted_slot_seconds_total", "tier=3") > 0);
        Assert.True(after.Value("gateway_wasted_tokens_total", "tier=3") > 0);
        Assert.Equal(1, after.Value("gateway_queue_wait_seconds_count", "tier=3"));
        Assert.True(after.Value("gateway_queue_wait_seconds_sum", "tier=3") > 0);
        Assert.Equal(1, after.Value("gateway_requests_total", "tier=3", "endpoint=/v1/chat/completions", "code=200", "outcome=relayed"));
        Assert.Equal(1, after.Value("gen_ai_server_request_duration_seconds_count", "gen_ai_operation_name=chat", "tier=3"));
    }

    [Fact]
    public async Task Metrics_OfAStream_HaveItsTokensAndItsTimesOnce()
    {
        await using Rig rig = await Rig.StartAsync();
        using HttpResponseMessage answer = await rig.ChatAsync(Rig.Normal, "s", stream: true, ["tokens=7"]).Soon();
        await answer.Content.ReadAsStringAsync(Rig.Cancel).Soon();
        long? input = (await rig.AssertQuietAsync(1, 1))[0].InputTokens;

        Exposition metrics = await Exposition.ScrapeAsync(rig);

        Assert.Equal(7, metrics.Value("gateway_tokens_total", "model=normal", "gen_ai_token_type=output", "tier=2"));
        Assert.Equal(input, (long)metrics.Value("gateway_tokens_total", "model=normal", "gen_ai_token_type=input", "tier=2"));
        Assert.Equal(7, metrics.Value("gen_ai_client_token_usage_sum", "gen_ai_token_type=output", "tier=2"));
        Assert.Equal(1, metrics.Value("gen_ai_server_time_to_first_token_seconds_count", "tier=2"));
        Assert.Equal(1, metrics.Value("gen_ai_server_time_per_output_token_seconds_count", "tier=2"));
        Assert.Equal(1, metrics.Value("gateway_upstream_time_to_head_seconds_count", "upstream=default"));
        Assert.Equal(1, metrics.Value("gateway_model_requests_total", "model=normal", "class=2xx"));
    }

    [Fact]
    public async Task Metrics_AfterRetries_SayWhyAndWhichInstance()
    {
        await using Rig rig = await Rig.StartAsync(1, static options => options with
        {
            Retries = new RetryOptions { MaxRetries = 2, BaseDelay = TimeSpan.FromMilliseconds(1), Budget = 10 },
        });
        using HttpResponseMessage answer = await rig.ChatAsync(Rig.Urgent, "r", knobs: ["status=503", "fail-times=1"]).Soon();
        using HttpResponseMessage refused = await rig.ChatAsync(Rig.Urgent, "bad", knobs: ["status=400"]).Soon();
        await rig.AssertQuietAsync(2, 1);

        Exposition metrics = await Exposition.ScrapeAsync(rig);

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.BadRequest), (answer.StatusCode, refused.StatusCode));
        Assert.Equal(1, metrics.Value("gateway_retries_total", "reason=503"));
        Assert.Equal(1, metrics.Value("gateway_upstream_errors_total", "upstream=default", "reason=503"));
        Assert.Equal(1, metrics.Value("gateway_upstream_errors_total", "upstream=default", "reason=400"));
        Assert.Equal(1, metrics.Sum("gateway_retries_total"));
        Assert.Equal(1, metrics.Value("gateway_model_requests_total", "model=urgent", "class=4xx"));
    }

    [Fact]
    public async Task Metrics_UpstreamGone_TellUnreachableAndUnhealthy()
    {
        await using Rig rig = await Rig.StartAsync(1, static options => options with
        {
            Instances = [GatewayHost.Instance(new Uri("http://127.0.0.1:1/"), 1, "gone")],
            Health = new HealthOptions { Active = false, MinimumCalls = 2 },
        });
        for (int i = 0; i < 3; i++)
        {
            using HttpResponseMessage answer = await rig.ChatAsync(Rig.Urgent, "n").Soon();
        }

        await rig.Gateway.Records.WaitForAsync(3);
        Exposition metrics = await Exposition.ScrapeAsync(rig);

        Assert.Equal(metrics.Sum("gateway_upstream_calls_total", "end=failed"), metrics.Value("gateway_upstream_errors_total", "upstream=gone", "reason=upstream_unreachable"));
        Assert.Equal(0, metrics.Value("gateway_instance_healthy", "upstream=gone"));
        Assert.Equal(1, metrics.Value("gateway_instance_status", "upstream=gone", "status=unavailable"));
        Assert.Equal(0, metrics.Value("gateway_instance_status", "upstream=gone", "status=active"));
    }

    [Fact]
    public async Task Metrics_CacheAndLimits_AreCounted()
    {
        await using Rig rig = await Rig.StartAsync(2, static options => options with
        {
            Cache = new CacheOptions { Enabled = true },
            RateLimit = new RateLimitOptions { RequestsPerMinute = 3, TokensPerMinute = 100_000 },
        });
        for (int i = 0; i < 4; i++)
        {
            using HttpResponseMessage answer = await rig.SendAsync(rig.Request(
                Rig.Urgent, HttpMethod.Post, "/v1/embeddings", Rig.Json("""{"model":"e","input":"x"}"""))).Soon();
            await answer.Content.ReadAsStringAsync(Rig.Cancel).Soon();
            await rig.Gateway.Records.WaitForAsync(i + 1);
        }

        Exposition metrics = await Exposition.ScrapeAsync(rig);

        Assert.Equal(1, metrics.Value("gateway_cache_lookups_total", "result=miss"));
        Assert.Equal(2, metrics.Value("gateway_cache_lookups_total", "result=hit"));
        Assert.True(metrics.Value("gateway_cache_size_bytes") > 0);
        Assert.Equal(1, metrics.Value("gateway_rate_limited_total", "tier=1", "limit=requests"));
        Assert.Equal(1, metrics.Value("gateway_requests_total", "tier=1", "endpoint=/v1/embeddings", "code=429", "outcome=request_limit"));
    }

    [Fact]
    public async Task Metrics_TierPausedAndDraining_AreGauges()
    {
        await using Rig rig = await Rig.StartAsync();
        await rig.AdminAsync("POST", "/admin/tiers/3/pause");

        Exposition metrics = await Exposition.ScrapeAsync(rig);

        Assert.Equal(1, metrics.Value("gateway_tier_paused", "tier=3"));
        Assert.Equal(0, metrics.Value("gateway_tier_paused", "tier=1"));
        Assert.Equal(0, metrics.Value("gateway_draining"));
        Assert.Equal(1000, metrics.Value("gateway_queue_limit", "tier=1"));
        Assert.Null(metrics.Find("gateway_redis_up"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Metrics_SchedulerThatAnswersNobody_ComeAllTheSame(bool wasReadBefore)
    {
        await using Rig rig = await Rig.StartAsync();
        using HttpResponseMessage answer = await rig.ChatAsync(Rig.Urgent, "n").Soon();
        await rig.AssertQuietAsync(1, 1);
        double? before = wasReadBefore ? (await Exposition.ScrapeAsync(rig)).Find("gateway_queue_depth", "tier=1") : null;
        await rig.Gateway.Scheduler.DisposeAsync();

        Exposition metrics = await Exposition.ScrapeAsync(rig);

        Assert.Equal(1, metrics.Sum("gateway_requests_total", "outcome=relayed"));
        Assert.Equal(before, metrics.Find("gateway_queue_depth", "tier=1"));
    }

    [Fact]
    public async Task Metrics_TwoGatewaysInOneProcess_CountTheirOwn()
    {
        await using Rig one = await Rig.StartAsync();
        await using Rig other = await Rig.StartAsync();
        using HttpResponseMessage answer = await one.ChatAsync(Rig.Urgent, "n").Soon();
        await one.AssertQuietAsync(1, 1);

        Assert.Equal(1, (await Exposition.ScrapeAsync(one)).Sum("gateway_requests_total", "outcome=relayed"));
        Assert.Equal(0, (await Exposition.ScrapeAsync(other)).Sum("gateway_requests_total", "outcome=relayed"));
    }

    [Fact]
    public async Task Metrics_ScrapedByManyAtOnce_AreWholeForEach()
    {
        await using Rig rig = await Rig.StartAsync();
        using HttpResponseMessage answer = await rig.ChatAsync(Rig.Urgent, "n").Soon();
        await rig.AssertQuietAsync(1, 1);

        Exposition[] scrapes = await Task.WhenAll(Enumerable.Range(0, 32).Select(_ => Exposition.ScrapeAsync(rig))).Soon();

        Assert.All(scrapes, static metrics => Assert.Equal(1, metrics.Sum("gateway_requests_total", "outcome=relayed")));
    }
}
