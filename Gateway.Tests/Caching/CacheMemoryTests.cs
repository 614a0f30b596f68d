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

    /// <summary>Here and nowhere on a stack, so that it can be let go of.</summary>
    private MemoryAnswerStore? _store;

    [Fact]
    public async Task Store_AMillionUniqueEntries_StayWithinTheirMemory()
    {
        long entries = await FillAsync();

        // With it and without it, one after the other: what earlier tests left in the pools of the framework goes sooner or later.
        long full = Settled();
        _store = null;
        double held = (full - Settled()) / 1048576.0;

        TestContext.Current.TestOutputHelper?.WriteLine($"{held:F1} MiB of {Megabytes} for {entries} entries");
        Assert.InRange(held, Megabytes * 0.4, Megabytes * 1.1);
    }

    private static long Settled()
    {
        _ = GC.GetTotalMemory(forceFullCollection: true);
        return GC.GetTotalMemory(forceFullCollection: true);
    }

    /// <returns>Entries that are kept.</returns>
    private async Task<long> FillAsync()
    {
        var budget = new CacheBudget(new OptionsSnapshot(new GatewayOptions { Endpoints = [], Instances = [], Cache = new CacheOptions { MaxSizeMb = Megabytes } }));
        var store = _store = new MemoryAnswerStore(budget, TimeProvider.System);
        byte[] hash = new byte[32];
        for (int i = 0; i < Entries; i++)
        {
            BitConverter.TryWriteBytes(hash.AsSpan(28), i);
            KeyValuePair<string, StringValues>[] headers =
                [new("Content-Type", new string('a', 16)), new(new string('b', 14), new string('c', 10))];
            await store.StoreAsync(CacheKey.Of(1, hash), new CachedAnswer(200, headers, new byte[100], DateTimeOffset.UnixEpoch), TimeSpan.FromMinutes(5));
        }

        return await store.CountAsync();
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
