using System.Net;
using Gateway.Configuration;
using Gateway.RateLimiting;
using Gateway.Redis;
using Gateway.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>Who is counted, when, and what a crowd changes.</summary>
public class CallerCrowdTests
{
    [Fact]
    [Trait("row", "R4")]
    [Trait("req", "C2")]
    public async Task Requests_FromMoreAddressesThanTheTableHolds_RefillNobody()
    {
        const int Capacity = 160;
        const int Crowd = 2000;
        await using Rig rig = await Rig.StartAsync(
            16,
            static options => options with
            {
                RateLimit = new RateLimitOptions { RequestsPerMinute = null, TokensPerMinute = null, RequestsPerMinutePerIp = 2, KnownProxies = ["127.0.0.1"] },
            },
            static services => services.AddSingleton(static provider => new LimitStore(
                provider.GetRequiredService<RedisConnection>(), provider.GetRequiredService<OptionsSnapshot>(), TimeProvider.System, LimitStore.Window, Capacity)));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(rig, "X-Forwarded-For: 192.0.2.1"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(rig, "X-Forwarded-For: 192.0.2.1"));

        int granted = 0;
        await Parallel.ForEachAsync(Enumerable.Range(0, Crowd), new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = Rig.Cancel }, async (i, _) =>
        {
            HttpStatusCode status = await StatusAsync(rig, $"X-Forwarded-For: 10.1.{i / 250}.{i % 250}");
            Assert.True(status is HttpStatusCode.OK or HttpStatusCode.TooManyRequests, status.ToString());
            Interlocked.Add(ref granted, status == HttpStatusCode.OK ? 1 : 0);
        });

        // Each window of the table lets one of these in, or two of those that share it.
        Assert.InRange(granted, Capacity / 2, Capacity + (2 * 16));
        Assert.Equal(HttpStatusCode.TooManyRequests, await StatusAsync(rig, "X-Forwarded-For: 192.0.2.1"));
        await rig.AssertQuietAsync(Crowd + 3, 16);
    }

    [Fact]
    [Trait("req", "M2")]
    public async Task Requests_KeyWithALimitOfItsOwn_HasThatOne()
    {
        await using Rig rig = await RequestLimitTests.StartAsync(
            new RateLimitOptions { RequestsPerMinute = 1, TokensPerMinute = null },
            configure: static options => options with
            {
                ClientKeys =
                [
                    new ClientKeyOptions { Name = "large", Key = "sk-large", RequestsPerMinute = 3, TokensPerMinute = 1000 },
                    new ClientKeyOptions { Name = "plain", Key = "sk-plain" },
                ],
            });
        Assert.Equal(3, await GrantedAsync(rig, "sk-large"));
        Assert.Equal(1, await GrantedAsync(rig, "sk-plain"));
        using HttpResponseMessage answer = await rig.SendAsync(rig.Request(Rig.Normal, HttpMethod.Get, "/v1/models", null, "api-key: sk-large")).Soon();
        Assert.Equal("3", string.Join(',', answer.Headers.GetValues("x-ratelimit-limit-requests")));
    }

    [Fact]
    [Trait("req", "M2")]
    public async Task Requests_OverTheLimitWithAHugeBody_AreRefusedBeforeIt()
    {
        await using Rig rig = await RequestLimitTests.StartAsync(new RateLimitOptions { RequestsPerMinute = 1, TokensPerMinute = null });
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(rig));
        using RawConnection client = await RawConnection.OpenAsync(rig.Gateway.Address(Rig.Normal), Rig.Cancel);
        await client.SendAsync(
            "POST /v1/chat/completions HTTP/1.1\r\nHost: g\r\nContent-Type: application/json\r\nContent-Length: 30000000\r\nExpect: 100-continue\r\n\r\n", Rig.Cancel);
        Assert.StartsWith("HTTP/1.1 429 ", await client.ReadUntilAsync("\r\n\r\n", Rig.Cancel).Soon(), StringComparison.Ordinal);
        await rig.AssertQuietAsync(2, 4);
    }

    private static async Task<int> GrantedAsync(Rig rig, string key)
    {
        int granted = 0;
        for (int i = 0; i < 5; i++)
        {
            granted += await StatusAsync(rig, $"api-key: {key}") == HttpStatusCode.OK ? 1 : 0;
        }

        return granted;
    }

    private static async Task<HttpStatusCode> StatusAsync(Rig rig, params string[] headers)
    {
        using HttpResponseMessage answer = await rig.SendAsync(rig.Request(Rig.Normal, HttpMethod.Get, "/v1/models", null, headers)).Soon();
        return answer.StatusCode;
    }
}
