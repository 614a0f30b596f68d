using System.Net;
using System.Text.Json;
using Gateway.Configuration;
using Gateway.Management.Dashboard.Feed;
using Gateway.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Gateway.Tests.Management.Dashboard;

/// <summary>The stream of frames: what is in it, for how many, and when it ends.</summary>
public class FeedTests
{
    [Fact]
    public async Task Frame_RunningAndWaiting_ShowsBoth()
    {
        await using Rig rig = await Rig.StartAsync();
        Task<HttpResponseMessage>[] running = await rig.HoldAsync(Rig.Normal, 1);
        Task<HttpResponseMessage> waiting = rig.ChatAsync(Rig.Batch, "later");
        await rig.WaitForDepthAsync(1);

        using FrameReader frames = await rig.WatchAsync();
        JsonElement frame = (await frames.NextAsync())!.Value;

        JsonElement[] items = [.. frame.GetProperty("items").EnumerateArray()];
        Assert.Equal([(3, "queued"), (2, "running")], items.Select(static item => (item.GetProperty("tier").GetInt32(), item.GetProperty("state").GetString())));
        Assert.Equal(("batch", false), (items[0].GetProperty("model").GetString(), items[0].TryGetProperty("instance", out _)));
        Assert.Equal("default", items[1].GetProperty("instance").GetString());
        Assert.Equal((1, 0, 1), (frame.Tier(3).GetProperty("depth").GetInt32(), frame.Tier(3).GetProperty("running").GetInt32(), frame.Tier(2).GetProperty("running").GetInt32()));
        JsonElement instance = frame.GetProperty("instances")[0];
        Assert.Equal((1, 1, 100d), (instance.GetProperty("running").GetInt32(), instance.GetProperty("limit").GetInt32(), instance.GetProperty("utilization").GetDouble()));
        rig.Held.ReleaseAll();
        await Task.WhenAll([.. running, waiting]).Soon();
        JsonElement later = await frames.UntilAsync(static frame => frame.GetProperty("traffic").GetProperty("requests").GetInt64() == 2);
        Assert.Equal(0, later.GetProperty("traffic").GetProperty("errors").GetInt64());
        Assert.True(later.GetProperty("traffic").GetProperty("output_tokens").GetInt64() > 0);
        Assert.True(later.Tier(3).GetProperty("wait").GetProperty("median").GetInt64() > 0);
    }

    [Fact]
    public async Task Events_BeforeAnybodyWatched_AreInTheFirstFrame()
    {
        await using Rig rig = await Rig.StartAsync();
        await rig.ChatAsync(Rig.Batch, "bad", knobs: ["status=500"]).Soon();
        await rig.Gateway.Records.WaitForAsync(1);

        using FrameReader frames = await rig.WatchAsync();
        JsonElement failed = Assert.Single((await frames.NextAsync())!.Value.GetProperty("events").EnumerateArray());

        Assert.Equal(
            ("failed", 500, "/v1/chat/completions", "batch", 3),
            (failed.GetProperty("kind").GetString(), failed.GetProperty("status").GetInt32(), failed.GetProperty("endpoint").GetString(),
             failed.GetProperty("model").GetString(), failed.GetProperty("tier").GetInt32()));
    }

    [Fact]
    public async Task Events_OperatorAndUpstream_AreToldOnce()
    {
        await using Rig rig = await Rig.StartAsync();
        using FrameReader frames = await rig.WatchAsync();
        await frames.NextAsync();

        await rig.AdminAsync("POST", "/admin/tiers/3/pause");
        JsonElement paused = await frames.UntilAsync(static frame => frame.Kinds().Any());
        await rig.AdminAsync("PUT", "/admin/instances/default/config", """{"enabled": false}""");
        JsonElement disabled = await frames.UntilAsync(static frame => frame.Kinds().Any());

        Assert.Equal(["tier_paused"], paused.Kinds());
        Assert.True(paused.Tier(3).GetProperty("paused").GetBoolean());
        Assert.Equal(["instance_disabled"], disabled.Kinds());
    }

    [Fact]
    public async Task Events_WhileSomebodyReadsNothing_AllReachThemLater()
    {
        await using Rig rig = await Rig.StartAsync();
        LiveFeed feed = rig.Gateway.Services.GetRequiredService<LiveFeed>();
        await rig.ChatAsync(Rig.Batch, "bad", knobs: ["status=500"]).Soon();
        await rig.Gateway.Records.WaitForAsync(1);
        Watcher slow = feed.Join()!;
        using FrameReader quick = await rig.WatchAsync();
        await quick.NextAsync();
        for (int i = 0; i < 12; i++)
        {
            // One frame each: more than wait for anybody.
            rig.Gateway.Scheduler.SetPaused(3, paused: i % 2 == 0);
            await quick.UntilAsync(static frame => frame.Kinds().Any(static kind => kind.StartsWith("tier_", StringComparison.Ordinal)));
        }

        List<long> ids = [];
        JsonElement last = default;
        await using IAsyncEnumerator<byte[]> frames = slow.Frames(Rig.Cancel).GetAsyncEnumerator(Rig.Cancel);
        while (ids.Count == 0 || ids[^1] < 13)
        {
            Assert.True(await frames.MoveNextAsync().AsTask().Soon());
            string text = System.Text.Encoding.UTF8.GetString(frames.Current);
            last = JsonElement.Parse(text[(text.IndexOf("data: ", StringComparison.Ordinal) + 6)..]);
            ids.AddRange(last.GetProperty("events").EnumerateArray().Select(static happened => happened.GetProperty("id").GetInt64()));
        }

        Assert.Equal(Enumerable.Range(1, 13).Select(static id => (long)id), ids);
        Assert.False(last.Tier(3).GetProperty("paused").GetBoolean());
        feed.Leave(slow);
    }

    [Fact]
    [Trait("row", "A4")]
    public async Task Frame_EveryKey_HoldsNone()
    {
        await using Rig rig = await Rig.StartAsync(configure: static options => AdminRig.WithCanaries(options) with { ProxyUrl = "" });
        using HttpResponseMessage call = await rig.SendAsync(rig.Request(
            Rig.Batch, HttpMethod.Post, "/v1/chat/completions?api-key=canary-query", Rig.Json("""{"model":"m","messages":[{"role":"user","content":"canary-prompt"}]}"""),
            "Authorization: Bearer canary-client", "X-Other: canary-header")).Soon();

        using FrameReader frames = await rig.WatchAsync($"X-Admin-Token: {AdminRig.Token}");
        JsonElement frame = await frames.UntilAsync(static frame => frame.GetProperty("traffic").GetProperty("requests").GetInt64() == 1);

        Assert.DoesNotContain("canary", frame.GetRawText(), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Frames_NobodyWatches_AreNotMade()
    {
        await using Rig rig = await Rig.StartAsync();
        LiveFeed feed = rig.Gateway.Services.GetRequiredService<LiveFeed>();
        Assert.False(feed.IsRunning);

        using (FrameReader frames = await rig.WatchAsync())
        {
            await frames.NextAsync();
            Assert.True(feed.IsRunning);
        }

        await Eventually.TrueAsync(() => !feed.IsRunning);
        using FrameReader again = await rig.WatchAsync();
        Assert.NotNull(await again.NextAsync());
    }

    [Fact]
    public async Task Watchers_MoreThanMay_AreRefusedUntilOneLeaves()
    {
        await using Rig rig = await Rig.StartAsync();
        LiveFeed feed = rig.Gateway.Services.GetRequiredService<LiveFeed>();
        Watcher[] watchers = [.. Enumerable.Range(0, LiveFeed.MaxWatchers).Select(_ => feed.Join()!)];

        Assert.Equal((503, "dashboard_full"), await rig.AdminErrorAsync("GET", "/dashboard/events") is var (status, _, _, code) ? (status, code) : default);
        feed.Leave(watchers[7]);
        using FrameReader frames = await rig.WatchAsync();

        Assert.NotNull(await frames.NextAsync());
        Array.ForEach(watchers, feed.Leave);
    }

    [Fact]
    public async Task Stream_TokenChanges_Ends()
    {
        await using Rig rig = await Rig.StartAsync(configure: AdminRig.WithCanaries);
        using FrameReader frames = await rig.WatchAsync(await rig.SessionAsync());
        await frames.NextAsync();

        rig.Gateway.Options.Publish(rig.Gateway.Options.Current with { AdminToken = "another" });
        rig.Gateway.Scheduler.SetPaused(3, paused: true);

        while (await frames.NextAsync() is not null)
        {
        }
    }

    [Fact]
    [Trait("row", "H6")]
    public async Task Stream_GatewayStops_EndsAtOnce()
    {
        await using Rig rig = await Rig.StartAsync();
        using FrameReader frames = await rig.WatchAsync();
        await frames.NextAsync();

        Task stopping = rig.Gateway.DisposeAsync().AsTask();

        while (await frames.NextAsync() is not null)
        {
        }

        await stopping.Soon();
    }

    [Fact]
    public async Task Items_MoreThanAreDrawn_AreCounted()
    {
        await using Rig rig = await Rig.StartAsync();
        await rig.HoldAsync(Rig.Urgent, 1);
        Task<HttpResponseMessage>[] waiting = [.. Enumerable.Range(0, FrameSource.ItemsPerTier + 20).Select(i => rig.ChatAsync(Rig.Batch, $"w{i}"))];
        await rig.WaitForDepthAsync(waiting.Length);

        using FrameReader frames = await rig.WatchAsync();
        JsonElement frame = (await frames.NextAsync())!.Value;

        Assert.Equal(FrameSource.ItemsPerTier + 1, frame.GetProperty("items").GetArrayLength());
        Assert.Equal(waiting.Length, frame.Tier(3).GetProperty("depth").GetInt32());
        rig.Held.ReleaseAll();
        await Task.WhenAll(waiting).Soon();
    }
}
