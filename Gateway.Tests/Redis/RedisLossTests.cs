using System.Net;
using Gateway.Configuration;
using Gateway.Redis;
using Gateway.Tests.Configuration;
using Gateway.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Gateway.Tests.Redis;

/// <summary>What a caller gets more, or less, than its limit while Redis is away, loads, or has lost everything.</summary>
public class RedisLossTests
{
    [Fact]
    [Trait("row", "R8")]
    public async Task Loading_IsAsGoodAsDown_UntilItHasLoaded()
    {
        using var folder = new ConfigurationFolder();
        await using RedisServer redis = await RedisServer.StartAsync(null, "--dir", folder.Root);
        await redis.CommandAsync("EVAL", "for i = 1, 3000 do redis.call('SET', 'x' .. i, i) end", "0");
        await redis.CommandAsync("SAVE");
        await using Rig rig = await StartAsync(redis, new RateLimitOptions { RequestsPerMinute = 1000, TokensPerMinute = null });

        // A millisecond a key.
        await redis.RestartAsync("--key-load-delay", "1000", "--loading-process-events-interval-bytes", "1024");
        Assert.StartsWith("-LOADING", await redis.CommandAsync("PING"), StringComparison.Ordinal);
        Assert.Equal(5, await GrantedAsync(rig, 5));
        await UseBecomesAsync(rig, false);
        Assert.Equal(5, await GrantedAsync(rig, 5));
        await UseBecomesAsync(rig, true);
        Assert.Equal(":3000\r\n", await redis.CommandAsync("EVAL", "return #redis.call('KEYS', 'x*')", "0"));
        Assert.Equal(5, await GrantedAsync(rig, 5));
    }

    [Fact]
    [Trait("row", "R7")]
    public async Task Emptied_WindowsStartAnew_SoThatItCostsOneLimitMoreAtMost()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using Rig rig = await StartAsync(
            redis,
            new RateLimitOptions { RequestsPerMinute = 20, TokensPerMinute = null },
            RedisRig.NeverLate);
        Assert.Equal(20, await GrantedAsync(rig, 40));
        await redis.CommandAsync("FLUSHALL");
        Assert.Equal(20, await GrantedAsync(rig, 40));
    }

    [Fact]
    [Trait("row", "R7")]
    public async Task Down_ARequestLargerThanTheShare_HasTheShareToItself()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using Rig rig = await StartAsync(redis, new RateLimitOptions { RequestsPerMinute = null, TokensPerMinute = 1000, Nodes = 4 });
        redis.Kill();
        Assert.Equal(HttpStatusCode.OK, await AskAsync(rig, 700));
        Assert.Equal(HttpStatusCode.TooManyRequests, await AskAsync(rig, 700));
        Assert.Equal(HttpStatusCode.OK, await AskAsync(rig, 100));
    }

    private static async Task<Rig> StartAsync(RedisServer redis, RateLimitOptions limits, Action<IServiceCollection>? customise = null)
    {
        Rig rig = await Rig.StartAsync(4, options => options with { RedisUrl = redis.Url, RateLimit = limits }, customise);
        await UseBecomesAsync(rig, true);
        return rig;
    }

    private static Task UseBecomesAsync(Rig rig, bool used) =>
        Eventually.TrueAsync(() => rig.Gateway.Services.GetRequiredService<RedisConnection>().IsAvailable == used);

    private static async Task<int> GrantedAsync(Rig rig, int requests)
    {
        int granted = 0;
        for (int i = 0; i < requests; i++)
        {
            using HttpResponseMessage answer = await rig.SendAsync(rig.Request(Rig.Normal, HttpMethod.Get, "/v1/models")).Soon();
            Assert.True(answer.StatusCode is HttpStatusCode.OK or HttpStatusCode.TooManyRequests, answer.StatusCode.ToString());
            granted += answer.StatusCode == HttpStatusCode.OK ? 1 : 0;
        }

        return granted;
    }

    private static async Task<HttpStatusCode> AskAsync(Rig rig, int maxTokens)
    {
        using HttpResponseMessage answer = await rig.SendAsync(rig.Request(
            Rig.Normal, HttpMethod.Post, "/v1/chat/completions",
            Rig.Json($$"""{"model":"gpt-4o","messages":[{"role":"user","content":"hi"}],"max_tokens":{{maxTokens}}}"""))).Soon();
        await answer.Content.ReadAsStringAsync(Rig.Cancel).Soon();
        return answer.StatusCode;
    }
}
