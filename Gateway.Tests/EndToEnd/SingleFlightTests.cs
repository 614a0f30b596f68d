using System.Net;
using Gateway.Recording;
using Gateway.Requests;
using Gateway.Scheduling;
using Gateway.Tests.Support;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>Many ask the same at once: one call, and nobody depends on the one who asked first.</summary>
[Trait("row", "T5")]
public class SingleFlightTests
{
    private const int Herd = 200;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Herd_SameMiss_MakesOneCall(bool stream)
    {
        await using Rig rig = await Rig.StartAsync(slots: 8, CacheCalls.On);
        Task<HttpResponseMessage>[] calls = [.. Enumerable.Range(0, Herd).Select(_ => rig.CachedChatAsync("x", stream, nonce: "held"))];
        await rig.WaitForSharedAsync(Herd);
        rig.Held.ReleaseAll();

        byte[][] bodies = await Task.WhenAll(calls.Select(static call => call.ReadAsync("MISS")));

        Assert.All(bodies, body => Assert.Equal(bodies[0], body));
        Assert.NotEmpty(bodies[0]);
        Assert.Equal(1, rig.Upstream.Stats.BillableStarts);
        IReadOnlyList<AccessRecord> records = await rig.AssertQuietAndBilledAsync(Herd, slots: 8);
        Assert.Equal((1, Herd - 1), (records.Count(CacheState.Miss), records.Count(CacheState.Shared)));
        await rig.CachedChatAsync("x", stream).ReadAsync("HIT");
        await rig.AssertNoFlightsAsync();
    }

    [Fact]
    public async Task Herd_DifferentTenants_MakeACallEach()
    {
        await using Rig rig = await Rig.StartAsync(slots: 8, CacheCalls.On);
        Task<HttpResponseMessage>[] calls =
            [.. Enumerable.Range(0, 4).Select(i => rig.CachedChatAsync("x", nonce: "held", headers: $"Authorization: Bearer {i % 2}"))];
        await rig.WaitForSharedAsync(4);
        rig.Held.ReleaseAll();

        await Task.WhenAll(calls.Select(static call => call.ReadAsync("MISS")));

        Assert.Equal(2, rig.Upstream.Stats.BillableStarts);
    }

    [Theory]
    [InlineData("held", false)]
    [InlineData("paused-stream", true)]
    public async Task Leader_Leaves_TheOthersGetTheSameCall(string nonce, bool stream)
    {
        await using Rig rig = await Rig.StartAsync(slots: 8, CacheCalls.On);
        using var leave = new CancellationTokenSource();
        Task<HttpResponseMessage> leader = rig.CachedChatAsync("x", stream, nonce: nonce, leave: leave.Token);
        await rig.WaitForSharedAsync(1);
        Task<HttpResponseMessage>[] others = [.. Enumerable.Range(0, 20).Select(_ => rig.CachedChatAsync("x", stream, nonce: nonce))];
        await rig.WaitForSharedAsync(21);

        if (stream)
        {
            (await leader.Soon()).Dispose();
        }

        await leave.CancelAsync();
        await rig.WaitForSharedAsync(20);
        rig.Held.ReleaseAll();

        byte[][] bodies = await Task.WhenAll(others.Select(static call => call.ReadAsync("MISS")));
        Assert.All(bodies, body => Assert.Equal(bodies[0], body));
        Assert.Single(rig.Upstream.Calls);
        await rig.CachedChatAsync("x", stream).ReadAsync("HIT");
        IReadOnlyList<AccessRecord> records = await rig.AssertQuietAsync(22, slots: 8);
        Assert.Single(records, static record => record.Outcome == Outcome.CallerGone);
        await rig.AssertNoFlightsAsync();
    }

    [Theory]
    [Trait("req", "P12")]
    [InlineData("held", false)]
    [InlineData("paused-stream", true)]
    public async Task LastOne_Leaves_TheCallEndsAndNothingIsKept(string nonce, bool stream)
    {
        await using Rig rig = await Rig.StartAsync(slots: 8, CacheCalls.On);
        using var leave = new CancellationTokenSource();
        Task<HttpResponseMessage>[] calls = [.. Enumerable.Range(0, 5).Select(_ => rig.CachedChatAsync("x", stream, nonce: nonce, leave: leave.Token))];
        await rig.WaitForSharedAsync(5);
        await rig.WaitUntil(static stats => stats.Live == 1);

        if (stream)
        {
            foreach (Task<HttpResponseMessage> call in calls)
            {
                (await call.Soon()).Dispose();
            }
        }

        await leave.CancelAsync();

        await rig.WaitUntil(static stats => stats is { Live: 0, Aborted: 1 });
        IReadOnlyList<AccessRecord> records = await rig.AssertQuietAsync(5, slots: 8);
        Assert.All(records, static record => Assert.Equal(Outcome.CallerGone, record.Outcome));
        Assert.Equal(0, await rig.Store().CountAsync());
        await rig.AssertNoFlightsAsync();
    }

    [Fact]
    [Trait("row", "S8")]
    public async Task UrgentFollower_BehindABatchLeader_LiftsItAndInterruptsForIt()
    {
        await using Rig rig = await Rig.StartAsync(slots: 1, CacheCalls.On);
        Task<HttpResponseMessage>[] running = await rig.FillAsync(Rig.Normal, 1);
        Task<HttpResponseMessage> waiting = rig.ChatAsync(Rig.Normal, "held-normal");
        await rig.WaitForDepthAsync(1);
        Task<HttpResponseMessage> leader = rig.CachedChatAsync("x", tier: Rig.Batch, nonce: "plain");
        await rig.WaitForDepthAsync(2);

        // On its own tier the leader would wait for both others, which wait for us.
        Task<HttpResponseMessage> follower = rig.CachedChatAsync("x", tier: Rig.Urgent, nonce: "plain");

        byte[] urgent = await follower.ReadAsync("MISS");
        Assert.Equal(urgent, await leader.ReadAsync("MISS"));
        rig.Held.ReleaseAll();
        await running[0].Soon();
        await waiting.Soon();
        IReadOnlyList<AccessRecord> records = await rig.AssertQuietAsync(4, slots: 1);
        Assert.Equal(1, records.Sum(static record => record.Preemptions));
        Assert.Equal(CacheState.Shared, Assert.Single(records, static record => record.Priority == 1).Cache);
    }

    [Fact]
    [Trait("row", "S8")]
    public async Task LessUrgentFollower_OfABatchLeader_LiftsNothing()
    {
        await using Rig rig = await Rig.StartAsync(slots: 1, CacheCalls.On);
        Task<HttpResponseMessage>[] running = await rig.HoldAsync(Rig.Normal, 1);
        Task<HttpResponseMessage> leader = rig.CachedChatAsync("x", tier: Rig.Batch);
        await rig.WaitForDepthAsync(1);

        Task<HttpResponseMessage> follower = rig.CachedChatAsync("x", tier: Rig.Batch);

        await rig.WaitForSharedAsync(2);
        Assert.Equal(1, (await rig.WaitForDepthAsync(1)).Tiers.Single(static tier => tier.Priority == 3).Depth);
        rig.Held.ReleaseAll();
        await running[0].Soon();
        await Task.WhenAll(leader.ReadAsync("MISS"), follower.ReadAsync("MISS"));
    }

    [Fact]
    public async Task LeadersOwnEnd_InTheQueue_IsTakenOverByTheNext()
    {
        await using Rig rig = await Rig.StartAsync(slots: 1, CacheCalls.On);
        Task<HttpResponseMessage>[] running = await rig.HoldAsync(Rig.Urgent, 1);
        Task<HttpResponseMessage> leader = rig.CachedChatAsync("x", tier: Rig.Batch);
        await rig.WaitForDepthAsync(1);
        Task<HttpResponseMessage>[] others = [.. Enumerable.Range(0, 3).Select(_ => rig.CachedChatAsync("x", tier: Rig.Batch))];
        await rig.WaitForSharedAsync(4);

        long id = (await rig.WaitForDepthAsync(1)).Items.Single(static item => item.State == Scheduling.ItemState.Queued).Sequence;
        Assert.Equal(EvictionResult.Removed, await rig.Gateway.Scheduler.EvictAsync(id).Soon());

        using HttpResponseMessage refused = await leader.Soon();
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        await rig.WaitForDepthAsync(1);
        rig.Held.ReleaseAll();
        await running[0].Soon();
        await Task.WhenAll(others.Select(static call => call.ReadAsync("MISS")));
        IReadOnlyList<AccessRecord> records = await rig.AssertQuietAsync(5, slots: 1);
        Assert.Equal(2, rig.Upstream.Stats.BillableStarts);
        Assert.Equal((1, 2), (records.Count(static record => record is { Cache: CacheState.Miss, Outcome: Outcome.Relayed }), records.Count(CacheState.Shared)));
    }

    [Fact]
    public async Task UpstreamFailure_OfOneCall_IsEverybodysAndIsNotKept()
    {
        await using Rig rig = await Rig.StartAsync(slots: 8, CacheCalls.On);
        Task<HttpResponseMessage>[] calls =
            [.. Enumerable.Range(0, 10).Select(_ => rig.CachedChatAsync("x", nonce: "held", headers: "x-sim-fail: reset-before-headers"))];
        await rig.WaitForSharedAsync(10);
        rig.Held.ReleaseAll();

        HttpResponseMessage[] answers = await Task.WhenAll(calls).Soon();

        Assert.All(answers, static answer => Assert.Equal(HttpStatusCode.BadGateway, answer.StatusCode));
        Assert.Equal(10, answers.Select(static answer => answer.Header("x-request-id")).Distinct().Count());
        Assert.Equal(1, rig.Upstream.Stats.Started);
        Assert.Equal(0, await rig.Store().CountAsync());
        await rig.CachedChatAsync("x").ReadAsync("MISS");
        await rig.AssertNoFlightsAsync();
    }

    [Fact]
    [Trait("row", "U10")]
    public async Task Cut_InTheMiddle_BreaksEverybodysStreamAndNothingIsKept()
    {
        await using Rig rig = await Rig.StartAsync(slots: 8, CacheCalls.On);
        Task<HttpResponseMessage>[] calls =
            [.. Enumerable.Range(0, 10).Select(_ => rig.CachedChatAsync("x", stream: true, nonce: "held", headers: "x-sim-fail: reset-after:2"))];
        await rig.WaitForSharedAsync(10);
        rig.Held.ReleaseAll();

        HttpResponseMessage[] answers = await Task.WhenAll(calls).Soon();

        foreach (HttpResponseMessage answer in answers)
        {
            await Assert.ThrowsAnyAsync<HttpRequestException>(() => answer.TextAsync());
        }

        Assert.Equal(0, await rig.Store().CountAsync());
        Assert.Equal(10, (await rig.AssertQuietAsync(10, slots: 8)).Count(static record => record.Outcome == Outcome.UpstreamCut));
        await rig.AssertNoFlightsAsync();
    }
}
