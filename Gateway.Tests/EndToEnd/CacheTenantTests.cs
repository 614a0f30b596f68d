using Gateway.Configuration;
using Gateway.Tests.Support;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>Nobody gets what was answered to somebody else.</summary>
[Trait("row", "T1")]
public class CacheTenantTests
{
    [Fact]
    public async Task SameBody_OfManyTenants_IsAskedOnceForEach()
    {
        string[] keys = [.. Enumerable.Range(0, 20).Select(static i => $"client-key-{i:00}")];
        await using Rig rig = await Rig.StartAsync(slots: 8, options => options with { Cache = new CacheOptions(), ClientApiKeys = keys });

        for (int round = 0; round < 20; round++)
        {
            foreach (string key in keys)
            {
                await rig.EmbedAsync("a", $"Authorization: Bearer {key}").ReadAsync(round == 0 ? "MISS" : "HIT");
            }
        }

        Assert.Equal(keys.Length, rig.Upstream.Calls.Count);

        // One caller, by either header.
        await rig.EmbedAsync("a", $"api-key: {keys[0]}").ReadAsync("HIT");
    }

    [Fact]
    public async Task AnonymousCallers_OnTheGatewaysKey_ShareAndPassedThroughOnesDoNot()
    {
        await using Rig shared = await Rig.StartAsync(configure: static options => options with
        {
            Cache = new CacheOptions(),
            Instances = [options.Instances[0] with { ApiKey = "the-gateways-own" }],
        });
        await shared.EmbedAsync("a", "Authorization: Bearer a").ReadAsync("MISS");
        await shared.EmbedAsync("a", "Authorization: Bearer b").ReadAsync("HIT");

        await using Rig own = await Rig.StartAsync(configure: CacheCalls.On);
        await own.EmbedAsync("a", "Authorization: Bearer a").ReadAsync("MISS");
        await own.EmbedAsync("a", "Authorization: Bearer b").ReadAsync("MISS");
        await own.EmbedAsync("a", "Authorization: Bearer a", "OpenAI-Project: p").ReadAsync("MISS");
        await own.EmbedAsync("a", "Authorization: Bearer a").ReadAsync("HIT");
    }

    [Fact]
    [Trait("row", "T5")]
    public async Task Herd_WithoutTheCache_MakesACallEach()
    {
        // The control of single flight: it is the cache that makes one call of many.
        await using Rig rig = await Rig.StartAsync(slots: 20);

        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => rig.CachedChatAsync("x", nonce: "plain").ReadAsync("")));

        Assert.Equal(20, rig.Upstream.Stats.BillableStarts);
    }

    [Fact]
    [Trait("req", "M6")]
    public async Task Log_OfEachRequest_TellsWhatTheCacheDid()
    {
        Rig rig = await Rig.StartAsync(configure: CacheCalls.On);
        await rig.EmbedAsync("canary-prompt").ReadAsync("MISS");
        await rig.EmbedAsync("canary-prompt").ReadAsync("HIT");
        await rig.AssertQuietAsync(2, slots: 1);
        await rig.DisposeAsync();

        string log = rig.Gateway.Log();

        Assert.All(["miss", "hit"], state => Assert.Contains($"\"cache\":\"{state}\"", log, StringComparison.Ordinal));
        Assert.DoesNotContain("canary", log, StringComparison.Ordinal);
    }
}
