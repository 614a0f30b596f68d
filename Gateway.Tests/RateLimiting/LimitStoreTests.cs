using Gateway.Configuration;
using Gateway.RateLimiting;
using Gateway.Redis;
using Gateway.Tests.Support;
using Xunit;

namespace Gateway.Tests.RateLimiting;

/// <summary>Two gateways on one Redis that stops to answer.</summary>
public class LimitStoreTests
{
    [Fact]
    [Trait("row", "R1")]
    [Trait("row", "R6")]
    public async Task Take_RedisIsLateAfterItRefused_GrantsNoMore()
    {
        await using RedisServer server = await RedisServer.StartAsync();
        var time = new ManualTimeProvider();
        using RedisConnection one = await RedisRig.ConnectAsync(server, time);
        using RedisConnection two = await RedisRig.ConnectAsync(server, time);
        LimitStore mine = StoreOn(one, server);
        LimitStore other = StoreOn(two, server);
        var key = new LimitKey(LimitKind.CallerRequests, 1);
        Assert.True((await other.TakeAsync(new LimitDemand(key, 20, 15))).IsGranted);
        Assert.True((await mine.TakeAsync(new LimitDemand(key, 20, 5))).IsGranted);
        Assert.False((await mine.TakeAsync(new LimitDemand(key, 20, 1))).IsGranted);
        server.Stop();
        try
        {
            // Of the share 15 are left here: but Redis has said that they are spent elsewhere.
            for (int i = 0; i < 10; i++)
            {
                LimitAnswer refused = await LateAsync(mine, new LimitDemand(key, 20, 1), time);
                Assert.False(refused.IsGranted);
                Assert.InRange(refused.First.RetryAfter, TimeSpan.FromSeconds(1), LimitStore.Window * 1.01);
            }

            // Who heard of no refusal has the rest of its share, and other callers have theirs.
            Assert.True((await LateAsync(other, new LimitDemand(key, 20, 5), time)).IsGranted);
            Assert.False((await LateAsync(other, new LimitDemand(key, 20, 1), time)).IsGranted);
            Assert.True((await LateAsync(mine, new LimitDemand(key with { Principal = 2 }, 20, 20), time)).IsGranted);
        }
        finally
        {
            server.Continue();
        }

        await one.StopAsync(CancellationToken.None);
        await two.StopAsync(CancellationToken.None);
    }

    [Fact]
    public void Refuse_ForAWhile_EndsByItselfOrWithWhatComesBack()
    {
        var time = new ManualTimeProvider();
        var store = new MemoryLimitStore(time, TimeSpan.FromMinutes(1));
        var key = new LimitKey(LimitKind.CallerTokens, 1);
        LimitAnswer taken = store.Take(new LimitDemand(key, 100, 10));
        store.Refuse(key, 50, TimeSpan.FromSeconds(10));
        Assert.False(store.Take(new LimitDemand(key, 100, 50)).IsGranted);
        Assert.True(store.Take(new LimitDemand(key, 100, 20)).IsGranted);
        time.Advance(TimeSpan.FromSeconds(9));
        Assert.False(store.Take(new LimitDemand(key, 100, 50)).IsGranted);
        time.Advance(TimeSpan.FromSeconds(1.5));
        Assert.True(store.Take(new LimitDemand(key, 100, 50)).IsGranted);

        store.Refuse(key, 1, TimeSpan.FromSeconds(10));
        Assert.False(store.Take(new LimitDemand(key, 100, 1)).IsGranted);
        store.Settle(taken.First.Receipt, 0);
        Assert.True(store.Take(new LimitDemand(key, 100, 1)).IsGranted);

        store.Refuse(key, 1, TimeSpan.FromSeconds(10));
        store.Book(key, 1);
        Assert.True(store.Take(new LimitDemand(key, 100, 1)).IsGranted);
    }

    /// <summary>Asks, and lets the time pass that an answer may take.</summary>
    private static async Task<LimitAnswer> LateAsync(LimitStore store, LimitDemand demand, ManualTimeProvider time)
    {
        Task<LimitAnswer> answer = store.TakeAsync(demand).AsTask();
        time.Advance(RedisConnection.Limit);
        return await answer.Soon();
    }

    private static LimitStore StoreOn(RedisConnection connection, RedisServer server)
    {
        var options = new OptionsSnapshot(new GatewayOptions { Endpoints = [], Instances = [], RedisUrl = server.Url, RateLimit = new RateLimitOptions() });
        return new LimitStore(connection, options, TimeProvider.System, LimitStore.Window);
    }
}
