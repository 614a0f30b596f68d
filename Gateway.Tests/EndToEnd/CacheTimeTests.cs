using System.Net;
using Gateway.Recording;
using Gateway.Requests;
using Gateway.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>How long answers are kept, on a clock of the test's own.</summary>
[Trait("req", "M3")]
public class CacheTimeTests
{
    [Fact]
    public async Task ModelsList_FiveMinutes_ThenItIsAskedForAgain()
    {
        var clock = new ManualTimeProvider();
        await using Rig rig = await Rig.StartAsync(1, CacheCalls.On, services => services.AddSingleton<TimeProvider>(clock));
        await GetAsync().ReadAsync("MISS");
        await Eventually.TrueAsync(async () => await rig.Store().CountAsync() == 1);

        clock.Advance(TimeSpan.FromMinutes(5) - TimeSpan.FromSeconds(1));
        await GetAsync().ReadAsync("HIT");
        clock.Advance(TimeSpan.FromSeconds(2));
        await GetAsync().ReadAsync("MISS");

        Assert.Equal(2, rig.Upstream.Requests.Count);

        Task<HttpResponseMessage> GetAsync() => rig.SendAsync(rig.Request(Rig.Urgent, HttpMethod.Get, "/v1/models"));
    }

    [Fact]
    [Trait("row", "T5")]
    public async Task Leader_WaitedTooLong_TakesThoseWithItWhoDidToo()
    {
        TimeSpan half = TimeSpan.FromSeconds(5);
        var clock = new ManualTimeProvider();
        await using Rig rig = await Rig.StartAsync(
            1,
            options => CacheCalls.On(options) with { Scheduling = options.Scheduling with { QueueTimeout = 2 * half } },
            services => services.AddSingleton<TimeProvider>(clock));
        Task<HttpResponseMessage>[] running = await rig.HoldAsync(Rig.Urgent, 1);
        Task<HttpResponseMessage> leader = rig.CachedChatAsync("x", tier: Rig.Batch);
        await rig.WaitForDepthAsync(1);
        Task<HttpResponseMessage>[] others = [.. Enumerable.Range(0, 3).Select(_ => rig.CachedChatAsync("x", tier: Rig.Batch))];
        await rig.WaitForSharedAsync(4);
        clock.Advance(half);
        Task<HttpResponseMessage> late = rig.CachedChatAsync("x", tier: Rig.Batch);
        await rig.WaitForSharedAsync(5);
        clock.Advance(half);

        HttpResponseMessage[] expired = await Task.WhenAll([leader, .. others]).Soon();
        Assert.All(expired, static answer => Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode));
        await rig.WaitForDepthAsync(1);
        rig.Held.ReleaseAll();
        await running[0].Soon();
        await late.ReadAsync("MISS");

        IReadOnlyList<AccessRecord> records = await rig.AssertQuietAsync(6, slots: 1);
        Assert.Equal(4, records.Count(static record => record.Outcome == Outcome.QueueExpired));
        await rig.AssertNoFlightsAsync();
    }
}
