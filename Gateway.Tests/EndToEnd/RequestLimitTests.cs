using System.Globalization;
using System.Net;
using System.Text.Json;
using Gateway.Configuration;
using Gateway.RateLimiting;
using Gateway.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>Requests per caller and per address.</summary>
public class RequestLimitTests
{
    [Fact]
    [Trait("req", "M2")]
    public async Task Requests_OverTheLimit_AreRefusedInOpenAiShapeUntilTheyFit()
    {
        var time = new ManualTimeProvider();
        await using Rig rig = await StartAsync(new RateLimitOptions { RequestsPerMinute = 3, TokensPerMinute = null }, time);
        for (int left = 2; left >= 0; left--)
        {
            using HttpResponseMessage answer = await GetAsync(rig);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.Equal("3", Header(answer, "x-ratelimit-limit-requests"));
            Assert.Equal(left.ToString(CultureInfo.InvariantCulture), Header(answer, "x-ratelimit-remaining-requests"));
            Assert.Equal("1m0.235s", Header(answer, "x-ratelimit-reset-requests"));
        }

        using HttpResponseMessage refused = await GetAsync(rig);
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.Equal("61", Header(refused, "Retry-After"));
        Assert.Equal("60235", Header(refused, "retry-after-ms"));
        Assert.Equal("0", Header(refused, "x-ratelimit-remaining-requests"));
        using JsonDocument body = JsonDocument.Parse(await refused.Content.ReadAsStringAsync(Rig.Cancel));
        Assert.Equal("RATE_LIMIT_EXCEEDED", body.RootElement.GetProperty("code").GetString());
        Assert.Equal("rate_limit_exceeded", body.RootElement.GetProperty("error").GetProperty("code").GetString());
        Assert.Equal(3, rig.Upstream.Requests.Count);

        time.Advance(TimeSpan.FromMilliseconds(60_235));
        using HttpResponseMessage again = await GetAsync(rig);
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
        await rig.AssertQuietAsync(5, 4);
    }

    [Fact]
    [Trait("req", "M2")]
    public async Task Requests_TwoKeys_HaveALimitEach()
    {
        await using Rig rig = await StartAsync(
            new RateLimitOptions { RequestsPerMinute = 1, TokensPerMinute = null }, configure: static options => options with { ClientApiKeys = ["sk-one", "sk-two"] });
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(rig, "Authorization: Bearer sk-one"));
        Assert.Equal(HttpStatusCode.TooManyRequests, await StatusAsync(rig, "Authorization: Bearer sk-one"));
        Assert.Equal(HttpStatusCode.TooManyRequests, await StatusAsync(rig, "api-key: sk-one"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(rig, "api-key: sk-two"));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(rig, "api-key: sk-three"));
    }

    [Fact]
    [Trait("req", "M2")]
    public async Task Requests_AllPorts_ShareTheCallersLimit()
    {
        await using Rig rig = await StartAsync(new RateLimitOptions { RequestsPerMinute = 2, TokensPerMinute = null });
        foreach ((int tier, HttpStatusCode expected) in ((int, HttpStatusCode)[])[(Rig.Urgent, HttpStatusCode.OK), (Rig.Batch, HttpStatusCode.OK), (Rig.Normal, HttpStatusCode.TooManyRequests)])
        {
            using HttpResponseMessage answer = await rig.SendAsync(rig.Request(tier, HttpMethod.Get, "/v1/models")).Soon();
            Assert.Equal(expected, answer.StatusCode);
        }
    }

    [Fact]
    [Trait("row", "R3")]
    public async Task Requests_ForgedForwardedFor_OpensNoNewBucket()
    {
        await using Rig rig = await StartAsync(new RateLimitOptions { RequestsPerMinute = null, TokensPerMinute = null, RequestsPerMinutePerIp = 5 });
        int granted = 0;
        for (int i = 0; i < 100; i++)
        {
            granted += await StatusAsync(rig, $"X-Forwarded-For: 10.0.{i}.7") == HttpStatusCode.OK ? 1 : 0;
        }

        Assert.Equal(5, granted);
    }

    [Fact]
    [Trait("req", "C2")]
    public async Task Requests_FromAKnownProxy_AreCountedByTheAddressItSaw()
    {
        await using Rig rig = await StartAsync(new RateLimitOptions
        {
            RequestsPerMinute = null,
            TokensPerMinute = null,
            RequestsPerMinutePerIp = 1,
            KnownProxies = ["127.0.0.1", "10.9.0.0/16"],
        });
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(rig, "X-Forwarded-For: 1.1.1.1, 192.0.2.1"));
        Assert.Equal(HttpStatusCode.TooManyRequests, await StatusAsync(rig, "X-Forwarded-For: 8.8.8.8, 192.0.2.1"));
        Assert.Equal(HttpStatusCode.TooManyRequests, await StatusAsync(rig, "X-Forwarded-For: 192.0.2.1, 10.9.4.4"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(rig, "X-Forwarded-For: 192.0.2.2"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(rig, "X-Forwarded-For: 2001:db8:1:2:3::1"));
        Assert.Equal(HttpStatusCode.TooManyRequests, await StatusAsync(rig, "X-Forwarded-For: 2001:db8:1:2:ffff::9"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(rig, "X-Forwarded-For: 2001:db8:1:3::9"));
    }

    [Fact]
    [Trait("req", "C2")]
    public async Task Requests_Refused_TakeNothingFromTheOtherLimit()
    {
        await using Rig rig = await StartAsync(
            new RateLimitOptions { RequestsPerMinute = 2, TokensPerMinute = null, RequestsPerMinutePerIp = 3 },
            configure: static options => options with { ClientApiKeys = ["sk-one", "sk-two"] });
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(rig, "api-key: sk-one"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(rig, "api-key: sk-one"));
        for (int i = 0; i < 5; i++)
        {
            Assert.Equal(HttpStatusCode.TooManyRequests, await StatusAsync(rig, "api-key: sk-one"));
        }

        Assert.Equal(HttpStatusCode.OK, await StatusAsync(rig, "api-key: sk-two"));
        Assert.Equal(HttpStatusCode.TooManyRequests, await StatusAsync(rig, "api-key: sk-two"));
    }

    [Fact]
    [Trait("req", "M2")]
    public async Task Requests_HealthAndManagement_AreFree()
    {
        await using Rig rig = await StartAsync(new RateLimitOptions { RequestsPerMinute = 1, TokensPerMinute = null });
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(rig));
        Assert.Equal(HttpStatusCode.TooManyRequests, await StatusAsync(rig));
        foreach (string path in (string[])["/health", "/admin/instances"])
        {
            using HttpResponseMessage answer = await rig.SendAsync(rig.Request(Rig.Urgent, HttpMethod.Get, path)).Soon();
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }
    }

    [Fact]
    [Trait("req", "M2")]
    public async Task Limits_Reloaded_HoldAtOnce()
    {
        await using Rig rig = await StartAsync(new RateLimitOptions { RequestsPerMinute = 1, TokensPerMinute = null });
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(rig));
        Assert.Equal(HttpStatusCode.TooManyRequests, await StatusAsync(rig));
        rig.Gateway.Options.Edit(static options => options with { RateLimit = options.RateLimit! with { RequestsPerMinute = 2 } });
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(rig));
        Assert.Equal(HttpStatusCode.TooManyRequests, await StatusAsync(rig));
        rig.Gateway.Options.Edit(static options => options with { RateLimit = null });
        using HttpResponseMessage answer = await GetAsync(rig);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.DoesNotContain("2", answer.Headers.TryGetValues("x-ratelimit-limit-requests", out IEnumerable<string>? upstreams) ? upstreams : []);
    }

    [Fact]
    [Trait("row", "R1")]
    public async Task Requests_TenTimesTheLimitAtOnce_AdmitsExactlyTheLimit()
    {
        await using Rig rig = await StartAsync(new RateLimitOptions { RequestsPerMinute = 30, TokensPerMinute = null });
        HttpStatusCode[] answers = await Task.WhenAll(Enumerable.Range(0, 300).Select(_ => StatusAsync(rig))).Soon();
        Assert.Equal(30, answers.Count(static status => status == HttpStatusCode.OK));
        Assert.Equal(270, answers.Count(static status => status == HttpStatusCode.TooManyRequests));
        Assert.Equal(30, rig.Upstream.Requests.Count);
        await rig.AssertQuietAsync(300, 4);
    }

    internal static Task<Rig> StartAsync(
        RateLimitOptions limits, TimeProvider? time = null, Func<GatewayOptions, GatewayOptions>? configure = null) => Rig.StartAsync(
        4,
        options => (configure?.Invoke(options) ?? options) with { RateLimit = limits },
        services =>
        {
            if (time is not null)
            {
                services.AddSingleton(time);
            }
        });

    private static Task<HttpResponseMessage> GetAsync(Rig rig, params string[] headers) =>
        rig.SendAsync(rig.Request(Rig.Normal, HttpMethod.Get, "/v1/models", null, headers)).Soon();

    private static async Task<HttpStatusCode> StatusAsync(Rig rig, params string[] headers)
    {
        using HttpResponseMessage answer = await GetAsync(rig, headers);
        return answer.StatusCode;
    }

    private static string Header(HttpResponseMessage answer, string name) => string.Join(',', answer.Headers.GetValues(name));
}
