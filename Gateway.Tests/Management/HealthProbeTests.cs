using System.Net;
using Gateway.Configuration;
using Gateway.Tests.Support;
using Xunit;

namespace Gateway.Tests.Management;

/// <summary>Whoever asks whether the process lives is told so at once, whatever is down around it.</summary>
[Trait("req", "M5")]
[Trait("row", "M5")]
[Collection(Alone.Name)]
public class HealthProbeTests
{
    private const int Probes = 200;
    private const int Rounds = 5;

    private static readonly TimeSpan Most = TimeSpan.FromMilliseconds(50);

    [Fact]
    public async Task Health_RedisAndUpstreamHang_IsAnsweredAtOnceAndMetricsTellTheTruth()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using Rig rig = await Rig.StartAsync(1, options => options with
        {
            RedisUrl = redis.Url,
            RateLimit = new RateLimitOptions { RequestsPerMinute = 10_000 },
        });
        await Eventually.TrueAsync(async () => (await Exposition.ScrapeAsync(rig)).Find("gateway_redis_up") == 1);
        Task<HttpResponseMessage>[] calls = await rig.FillAsync(Rig.Batch, 1);
        redis.Stop();

        await Eventually.TrueAsync(async () =>
        {
            // Whoever asks it next finds out: its limit is looked at before its body.
            using HttpResponseMessage limited = await rig.SendAsync(rig.Request(Rig.Urgent, HttpMethod.Post, "/v1/chat/completions", Rig.Json("{"))).Soon();
            return (await Exposition.ScrapeAsync(rig)).Find("gateway_redis_up") == 0;
        });

        await AssertQuickAsync(rig, "/health");
        await AssertQuickAsync(rig, "/health/ready");
        Exposition metrics = await Exposition.ScrapeAsync(rig);
        Assert.Equal(1, metrics.Value("gateway_running_requests", "tier=3"));
        Assert.InRange(metrics.Value("gateway_redis_failures_total"), 1, double.MaxValue);
        redis.Continue();
        using HttpResponseMessage urgent = await rig.ChatAsync(Rig.Urgent, "free").Soon();
        await Task.WhenAll(calls).Soon();
    }

    /// <summary>The best of some rounds: a busy machine makes some of them slow, something that blocks makes all.</summary>
    private static async Task AssertQuickAsync(Rig rig, string path)
    {
        TimeSpan best = TimeSpan.MaxValue;
        for (int round = 0; round < Rounds && best > Most; round++)
        {
            var times = new List<TimeSpan>(Probes);
            for (int i = 0; i < Probes; i++)
            {
                long started = TimeProvider.System.GetTimestamp();
                using HttpResponseMessage answer = await rig.SendAsync(rig.Request(Rig.Urgent, HttpMethod.Get, path)).Soon();
                times.Add(TimeProvider.System.GetElapsedTime(started));
                Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            }

            TimeSpan p99 = times.Order().ElementAt(Probes * 99 / 100);
            best = p99 < best ? p99 : best;
        }

        Assert.InRange(best, TimeSpan.Zero, Most);
    }
}
