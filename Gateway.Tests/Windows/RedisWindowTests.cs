using System.Net;
using Gateway.Configuration;
using Gateway.Redis;
using Gateway.Scheduling;
using Gateway.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Gateway.Tests.Windows;

/// <summary>Windows on a real Redis, by its clock: so they are short here, but for the ones that several gateways share.</summary>
public sealed class RedisWindowTests : WindowContract, IAsyncLifetime
{
    private RedisServer? _redis;

    private protected override TimeSpan Length => TimeSpan.FromSeconds(3);

    public async ValueTask InitializeAsync() => _redis = await RedisServer.StartAsync();

    public async ValueTask DisposeAsync()
    {
        if (_redis is not null)
        {
            await _redis.DisposeAsync();
        }
    }

    private protected override Task<WindowRig> StartAsync(int?[] maxTpm, Func<GatewayOptions, GatewayOptions>? configure = null) =>
        WindowRig.StartAsync(maxTpm, configure, redis: _redis, length: Length);

    private protected override Task PassAsync(TimeSpan time)
    {
        long started = TimeProvider.System.GetTimestamp();
        return Eventually.TrueAsync(() => TimeProvider.System.GetElapsedTime(started) > time);
    }

    [Fact]
    public async Task TwoGateways_ManyAtOnce_AdmitExactlyTheWindow()
    {
        await using WindowRig one = await WindowRig.StartAsync([20_000], redis: _redis);
        await using WindowRig two = await WindowRig.StartAsync([20_000], redis: _redis, beside: one);

        Task<HttpResponseMessage>[] calls = [.. Enumerable.Range(0, 80).Select(i => (i % 2 == 0 ? one : two).SpendAsync(Rig.Urgent, 1000))];
        await Eventually.TrueAsync(() => calls.Count(static call => call.IsCompletedSuccessfully) >= 20);
        await Eventually.TrueAsync(async () => await DepthAsync(one) + await DepthAsync(two) == 60);

        Assert.Equal(20, one.Upstream.Stats.Started);
        Assert.Equal((20_000, 20_000), (await one.UsedAsync(), await two.UsedAsync()));
    }

    [Fact]
    public async Task RedisOut_SeveralNodes_UsedIsWhatWasTakenHere()
    {
        await using WindowRig rig = await WindowRig.StartAsync([20_000], static options => options with { RateLimit = new RateLimitOptions { Nodes = 3 } }, redis: _redis);
        await rig.SpendAsync(Rig.Urgent, 1000);
        Assert.Equal(1000, await rig.UsedAsync());

        _redis!.Kill();
        await Eventually.TrueAsync(() => !rig.Gateway.Services.GetRequiredService<RedisConnection>().IsAvailable);

        Assert.Equal(1000, await rig.UsedAsync());

        // Others use the instance too: that is seen, and booked.
        await rig.SpendAsync(Rig.Urgent, 500, "x-left: 15000", "x-reset: 60s");
        await Eventually.TrueAsync(async () => await rig.UsedAsync() == 5000);
    }

    /// <summary>What another gateway gives back is not told to us: it is seen soon all the same.</summary>
    [Fact]
    public async Task TwoGateways_OneGivesBack_TheOtherGoesOn()
    {
        await using WindowRig one = await WindowRig.StartAsync([25_000], redis: _redis);
        await using WindowRig two = await WindowRig.StartAsync([25_000], redis: _redis, beside: one);
        Task<HttpResponseMessage> held = one.HoldAsync(Rig.Urgent, 20_000, "held");
        await one.Upstream.WaitUntil(static stats => stats.Live == 1, Rig.Guard);
        Task<HttpResponseMessage> waits = two.SpendAsync(Rig.Urgent, 10_000);
        await two.WaitingAsync(1);

        one.Held.Release("held");

        await held.Soon();
        Assert.Equal(HttpStatusCode.OK, (await waits.Soon()).StatusCode);
    }

    /// <summary>Nobody knows when another gateway gives back, so it is looked for again and again: not by way of trial.</summary>
    [Fact]
    public async Task Watch_AllSlotsAreBusy_NobodyIsInterruptedToFindOut()
    {
        await using WindowRig one = await WindowRig.StartAsync(
            [25_000], static options => options with { Instances = [options.Instances[0] with { MaxConcurrency = 2 }] }, redis: _redis);
        await using WindowRig two = await WindowRig.StartAsync([25_000], redis: _redis, beside: one);
        Task<HttpResponseMessage> batch = one.HoldAsync(Rig.Batch, 1000, "held-batch"), other = two.HoldAsync(Rig.Urgent, 18_000, "held-two");
        await one.Upstream.WaitUntil(static stats => stats.Live == 2, Rig.Guard);
        Task<HttpResponseMessage> urgent = one.SpendAsync(Rig.Urgent, 10_000);
        await one.UntilAsync(static state => state.Tiers[0] is { Depth: 1, Deferred: 1 });
        one.Gateway.Scheduler.SetLimit(0, 1);

        await PassAsync(TimeSpan.FromSeconds(2.5));
        SchedulerSnapshot state = await one.UntilAsync(static _ => true);
        Assert.Equal((1L, 0L), (state.Tiers[0].Deferred, state.Tiers[2].Preempted));

        two.Held.Release("held-two");
        Assert.Equal(HttpStatusCode.OK, (await urgent.Soon()).StatusCode);
        one.Held.ReleaseAll();
        await Task.WhenAll(batch, other).Soon();
    }

    [Fact]
    [Trait("row", "R1")]
    public async Task RedisIsGone_EachGatewayKeepsItsPart()
    {
        await using WindowRig rig = await WindowRig.StartAsync(
            [20_000], static options => options with { RateLimit = new RateLimitOptions { RequestsPerMinute = null, TokensPerMinute = null, Nodes = 2 } }, redis: _redis);
        _redis!.Kill();

        Task<HttpResponseMessage>[] calls = [.. Enumerable.Range(0, 15).Select(_ => rig.SpendAsync(Rig.Urgent, 1000))];
        await Eventually.TrueAsync(() => calls.Count(static call => call.IsCompletedSuccessfully) >= 10);
        await rig.UntilAsync(static state => state.Tiers[0] is { Depth: 5, Running: 0 });

        Assert.Equal(10, rig.Upstream.Stats.Started);
    }

    private static async Task<int> DepthAsync(WindowRig rig)
    {
        SchedulerSnapshot state = await rig.Gateway.Scheduler.SnapshotAsync();
        return state.Tiers[0].Depth;
    }
}
