using System.Net;
using System.Text.Json;
using Gateway.Caching;
using Gateway.Configuration;
using Gateway.Redis;
using Gateway.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Gateway.Tests.Management;

[Trait("req", "C6")]
public class CacheRoutesTests
{
    [Fact]
    public async Task Delete_Cache_ForgetsEverything()
    {
        await using Rig rig = await Rig.StartAsync(configure: CacheCalls.On);
        await rig.EmbedAsync("a").ReadAsync("MISS");

        JsonElement answer = await rig.AdminJsonAsync("DELETE", "/cache");

        Assert.Equal("""{"message":"Cache cleared successfully","removed":1}""", answer.GetRawText());
        await rig.EmbedAsync("a").ReadAsync("MISS");
    }

    [Fact]
    public async Task Delete_ByModel_ForgetsThatModelAlone()
    {
        await using Rig rig = await Rig.StartAsync(configure: CacheCalls.On);
        await rig.EmbedAsync("a").ReadAsync("MISS");
        await rig.CachedChatAsync("a").ReadAsync("MISS");

        JsonElement answer = await rig.AdminJsonAsync("DELETE", "/cache?model=e");

        Assert.Equal(1, answer.GetProperty("removed").GetInt64());
        Assert.Equal(0, (await rig.AdminJsonAsync("DELETE", "/cache?model=other")).GetProperty("removed").GetInt64());
        await rig.EmbedAsync("a").ReadAsync("MISS");
        await rig.CachedChatAsync("a").ReadAsync("HIT");
    }

    /// <summary>A slip, or a variable of a script that was not set: all would be gone.</summary>
    [Theory]
    [InlineData("/cache?modle=e", null)]
    [InlineData("/cache?model=", "model")]
    [InlineData("/cache?model", "model")]
    [InlineData("/cache?model=e&model=m", "model")]
    public async Task Delete_QueryThatNamesNoModel_IsRefusedAndForgetsNothing(string path, string? param)
    {
        await using Rig rig = await Rig.StartAsync(configure: CacheCalls.On);
        await rig.EmbedAsync("a").ReadAsync("MISS");

        (int status, _, string? about, string? code) = await rig.AdminErrorAsync("DELETE", path);

        Assert.Equal((400, param, "invalid_query"), (status, about, code));
        await rig.EmbedAsync("a").ReadAsync("HIT");
    }

    [Fact]
    public async Task Delete_ByKey_ForgetsThatAnswerAlone()
    {
        await using Rig rig = await Rig.StartAsync(configure: CacheCalls.On);
        using HttpResponseMessage one = await rig.EmbedAsync("a").Soon();
        await one.BytesAsync();
        await rig.EmbedAsync("b").ReadAsync("MISS");
        string key = one.Header("X-Cache-Key");

        Assert.Equal(1, (await rig.AdminJsonAsync("DELETE", $"/cache/{key}")).GetProperty("removed").GetInt64());

        await rig.EmbedAsync("b").ReadAsync("HIT");
        Assert.Equal((404, "cache_entry_not_found"), await Error($"/cache/{key}"));
        Assert.Equal((404, "cache_entry_not_found"), await Error("/cache/none"));
        await rig.EmbedAsync("a").ReadAsync("MISS");

        async Task<(int, string?)> Error(string path)
        {
            (int status, _, _, string? code) = await rig.AdminErrorAsync("DELETE", path);
            return (status, code);
        }
    }

    [Fact]
    public async Task Delete_WhileACallIsUnderWay_ItsAnswerIsNotKept()
    {
        await using Rig rig = await Rig.StartAsync(slots: 2, CacheCalls.On);
        Task<HttpResponseMessage> call = rig.CachedChatAsync("a", nonce: "held");
        await rig.WaitForSharedAsync(1);

        await rig.AdminJsonAsync("DELETE", "/cache");
        rig.Held.ReleaseAll();

        await call.ReadAsync("MISS");
        await rig.CachedChatAsync("a").ReadAsync("MISS");
    }

    /// <summary>Such a call is nobody's to join, and its answer is kept all the same.</summary>
    [Theory]
    [InlineData("/cache")]
    [InlineData("/cache?model=m")]
    public async Task Delete_WhileACallThatRefreshesIsUnderWay_ItsAnswerIsNotKept(string path)
    {
        await using Rig rig = await Rig.StartAsync(slots: 2, CacheCalls.On);
        Task<HttpResponseMessage> call = rig.CachedChatAsync("a", nonce: "held", headers: "Cache-Control: no-cache");
        await rig.Upstream.WaitUntil(static stats => stats.Live == 1, Rig.Guard);

        await rig.AdminJsonAsync("DELETE", path);
        rig.Held.ReleaseAll();

        await call.ReadAsync("BYPASS");
        await rig.CachedChatAsync("a").ReadAsync("MISS");
        await rig.CachedChatAsync("a", headers: "Cache-Control: no-cache").ReadAsync("BYPASS");
        await rig.CachedChatAsync("a").ReadAsync("HIT");
    }

    [Fact]
    public async Task Delete_OnRedis_ReachesEveryGatewayAndSaysWhenItCannot()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using Rig one = await Rig.StartAsync(configure: On);
        await using GatewayHost other = await GatewayHost.StartAsync(On(GatewayHost.ThreeTiers(one.Upstream.BaseAddress, 1)));
        await UpAsync(one.Gateway);
        await UpAsync(other);
        await one.EmbedAsync("a").ReadAsync("MISS");
        await StoredAsync();
        await EmbedElsewhere().ReadAsync("HIT");

        await one.AdminJsonAsync("DELETE", "/cache");

        await EmbedElsewhere().ReadAsync("MISS");
        await StoredAsync();
        await one.EmbedAsync("a").ReadAsync("HIT");
        redis.Kill();
        await one.EmbedAsync("a").ReadAsync("MISS");
        await Eventually.TrueAsync(() => !one.Gateway.Services.GetRequiredService<RedisConnection>().IsAvailable);
        Assert.Equal(503, (await one.AdminErrorAsync("DELETE", "/cache")).Status);
        await one.AssertQuietAsync(5, slots: 2);

        GatewayOptions On(GatewayOptions options) => CacheCalls.On(options) with { RedisUrl = redis.Url };

        // The caller has its answer before Redis has.
        Task StoredAsync() => Eventually.TrueAsync(async () =>
            (await redis.KeysAsync()).Any(static key => key.StartsWith(RedisAnswerStore.Prefix, StringComparison.Ordinal)));

        Task<HttpResponseMessage> EmbedElsewhere()
        {
            HttpRequestMessage request = one.Request(Rig.Urgent, HttpMethod.Post, "/v1/embeddings", Rig.Json("""{"model":"e","input":"a"}"""));
            request.RequestUri = new Uri(other.Address(0), "/v1/embeddings");
            return one.SendAsync(request);
        }
    }

    private static Task UpAsync(GatewayHost gateway) => Eventually.TrueAsync(() => gateway.Services.GetRequiredService<RedisConnection>().IsAvailable);
}
