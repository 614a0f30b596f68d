using Gateway.Caching;
using Gateway.Configuration;
using Gateway.Tests.Support;
using Microsoft.Extensions.Primitives;
using Xunit;

namespace Gateway.Tests.Caching;

/// <summary>What the cache says it holds is what it holds.</summary>
[Collection(Alone.Name)]
[Trait("row", "T6")]
[Trait("req", "C5")]
public class CacheMemoryTests
{
    private const int Entries = 1_000_000;
    private const int Megabytes = 64;

    [Fact]
    public async Task Store_AMillionUniqueEntries_StayWithinTheirMemory()
    {
        var budget = new CacheBudget(new OptionsSnapshot(new GatewayOptions { Endpoints = [], Instances = [], Cache = new CacheOptions { MaxSizeMb = Megabytes } }));
        var store = new MemoryAnswerStore(budget, TimeProvider.System);
        long before = GC.GetTotalMemory(forceFullCollection: true);
        byte[] hash = new byte[32];
        for (int i = 0; i < Entries; i++)
        {
            BitConverter.TryWriteBytes(hash.AsSpan(28), i);
            KeyValuePair<string, StringValues>[] headers =
                [new("Content-Type", new string('a', 16)), new(new string('b', 14), new string('c', 10))];
            await store.StoreAsync(CacheKey.Of(1, hash), new CachedAnswer(200, headers, new byte[100], DateTimeOffset.UnixEpoch), TimeSpan.FromMinutes(5));
        }

        double held = (GC.GetTotalMemory(forceFullCollection: true) - before) / 1048576.0;

        TestContext.Current.TestOutputHelper?.WriteLine($"{held:F1} MiB of {Megabytes} for {await store.CountAsync()} entries");
        Assert.InRange(held, Megabytes * 0.4, Megabytes * 1.1);
        GC.KeepAlive(store);
    }

    [Fact]
    public async Task Answer_Of20Megabytes_ComesFromTheCacheWhole()
    {
        await using Rig rig = await Rig.StartAsync(configure: CacheCalls.On);
        string json = $$"""{"data":["{{new string('x', 20 << 20)}}"]}""";
        rig.Upstream.Respond(context => EndToEnd.CachingTests.AnswerAsync(context, json));

        byte[] first = await rig.EmbedAsync("a").ReadAsync("MISS");
        byte[] hit = await rig.EmbedAsync("a").ReadAsync("HIT");

        Assert.Equal(json.Length, first.Length);
        Assert.True(first.AsSpan().SequenceEqual(hit));
        await rig.AssertNoFlightsAsync();
    }
}
