using System.Net;
using System.Text.Json;
using Gateway.Configuration;
using Gateway.Tests.Support;
using Xunit;

namespace Gateway.Tests.Management;

/// <summary>Reading the lanes, and an operator's hand in them.</summary>
[Trait("req", "A8")]
public class QueueRoutesTests
{
    [Fact]
    public async Task Queue_RunningAndWaiting_AreShownWithTheirOrder()
    {
        await using Rig rig = await Rig.StartAsync(slots: 1);
        Task<HttpResponseMessage> running = rig.ChatAsync(Rig.Urgent, "held-1");
        await rig.WaitForLiveAsync(Rig.Urgent, 1);
        Task<HttpResponseMessage> batch = rig.SendAsync(rig.Request(
            Rig.Batch, HttpMethod.Post, "/v1/chat/completions", Rig.Json(Rig.ChatBody(Rig.Batch)), "x-request-id: my-batch"));
        await rig.WaitForDepthAsync(1);
        Task<HttpResponseMessage> normal = rig.ChatAsync(Rig.Normal, "x");
        await rig.WaitForDepthAsync(2);

        JsonElement answer = await rig.AdminJsonAsync("GET", "/admin/queue");

        Assert.Equal(["draining", "limit", "truncated", "tiers"], answer.Names());
        Assert.Equal((false, 100, false), (answer.GetProperty("draining").GetBoolean(), answer.GetProperty("limit").GetInt32(), answer.GetProperty("truncated").GetBoolean()));
        JsonElement[] tiers = [.. answer.GetProperty("tiers").EnumerateArray()];
        Assert.Equal([1, 2, 3], tiers.Select(static tier => tier.GetProperty("priority").GetInt32()));
        Assert.Equal(["urgent", "normal", "batch"], tiers.Select(static tier => tier.GetProperty("names")[0].GetString()));
        Assert.Equal([0, 1, 1], tiers.Select(static tier => tier.GetProperty("depth").GetInt32()));
        Assert.Equal([1, 0, 0], tiers.Select(static tier => tier.GetProperty("running_count").GetInt32()));
        Assert.Equal(
            ["priority", "names", "paused", "depth", "sleeping", "queued_bytes", "oldest_wait_ms", "estimated_wait_ms", "running_count", "running", "waiting", "totals"],
            tiers[0].Names());
        JsonElement runs = Assert.Single(tiers[0].GetProperty("running").EnumerateArray());
        Assert.Equal(["id", "request_id", "state", "age_ms", "attempts", "preemptions", "retries", "instance", "committed"], runs.Names());
        Assert.Equal((1, "running", 1, "default", false), (
            runs.GetProperty("id").GetInt32(), runs.GetProperty("state").GetString(), runs.GetProperty("attempts").GetInt32(),
            runs.GetProperty("instance").GetString(), runs.GetProperty("committed").GetBoolean()));
        JsonElement waits = Assert.Single(tiers[2].GetProperty("waiting").EnumerateArray());
        Assert.Equal(["id", "request_id", "position", "state", "age_ms", "attempts", "preemptions", "retries", "estimated_wait_ms"], waits.Names());
        Assert.Equal((2, "my-batch", 2, "queued", 0), (
            waits.GetProperty("id").GetInt32(), waits.GetProperty("request_id").GetString(), waits.GetProperty("position").GetInt32(),
            waits.GetProperty("state").GetString(), waits.GetProperty("attempts").GetInt32()));
        Assert.True(tiers[2].GetProperty("queued_bytes").GetInt64() > 0);
        Assert.Equal(1, tiers[0].GetProperty("totals").GetProperty("granted").GetInt32());
        rig.Held.ReleaseAll();
        await Task.WhenAll(running, batch, normal).Soon();
        await rig.AssertQuietAsync(4, slots: 1);
    }

    [Theory]
    [InlineData("1", 1, true)]
    [InlineData("2", 2, true)]
    [InlineData("3", 3, false)]
    public async Task Queue_Limit_ShortensTheLists(string limit, int shown, bool truncated)
    {
        await using Rig rig = await Rig.StartAsync(slots: 1);
        Task<HttpResponseMessage> running = rig.ChatAsync(Rig.Batch, "held-1");
        await rig.WaitForLiveAsync(Rig.Batch, 1);
        Task<HttpResponseMessage>[] calls = [running, .. Enumerable.Range(0, 3).Select(i => rig.ChatAsync(Rig.Batch, $"x-{i}"))];
        await rig.WaitForDepthAsync(3);

        JsonElement answer = await rig.AdminJsonAsync("GET", $"/admin/queue?limit={limit}");

        JsonElement batch = answer.GetProperty("tiers")[2];
        Assert.Equal((shown, 3), (batch.GetProperty("waiting").GetArrayLength(), batch.GetProperty("depth").GetInt32()));
        Assert.Equal(truncated, answer.GetProperty("truncated").GetBoolean());
        rig.Held.ReleaseAll();
        await Task.WhenAll(calls).Soon();
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("10001")]
    [InlineData("x")]
    [InlineData("")]
    [InlineData("1&limit=2")]
    public async Task Queue_LimitOutOfRange_IsTold(string limit)
    {
        await using Rig rig = await Rig.StartAsync();

        Assert.Equal((400, "limit"), await rig.AdminErrorAsync("GET", $"/admin/queue?limit={limit}") is var (status, _, param, _) ? (status, param) : default);
    }

    [Fact]
    public async Task Delete_Waiting_EndsItForItsCaller()
    {
        await using Rig rig = await Rig.StartAsync(slots: 1);
        Task<HttpResponseMessage> running = rig.ChatAsync(Rig.Batch, "held-1");
        await rig.WaitForLiveAsync(Rig.Batch, 1);
        Task<HttpResponseMessage> waiting = rig.ChatAsync(Rig.Batch, "removed"), behind = rig.ChatAsync(Rig.Batch, "behind");
        await rig.WaitForDepthAsync(2);

        JsonElement answer = await rig.AdminJsonAsync("DELETE", "/admin/queue/2");

        Assert.Equal(["message", "id"], answer.Names());
        Assert.Equal(2, answer.GetProperty("id").GetInt32());
        Task<HttpResponseMessage> first = await Task.WhenAny(waiting, behind).Soon();
        using HttpResponseMessage removed = await first;
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "removed"), (removed.StatusCode, (await StageFixture.ErrorAsync(removed)).Code));

        // An operator took it out; a client that sends it again by itself would undo that.
        Assert.Equal("false", removed.Header("x-should-retry"));
        Assert.Equal((404, "request_not_found"), await CodeAsync(rig, "/admin/queue/2"));
        rig.Held.ReleaseAll();
        await Task.WhenAll(running, waiting, behind).Soon();
        Assert.Equal(2, rig.Upstream.Stats.Started);
        await rig.AssertQuietAsync(5, slots: 1);
    }

    [Fact]
    public async Task Delete_Sleeping_EndsIt()
    {
        // This dialect's wait has a lower end.
        await using Rig rig = await Rig.StartAsync(slots: 1, static options => options with
        {
            Instances = [options.Instances[0] with { ProviderType = ProviderType.Venice }],
            Retries = new RetryOptions { BaseDelay = TimeSpan.FromSeconds(50) },
        });
        Task<HttpResponseMessage> call = rig.ChatAsync(Rig.Batch, "x", knobs: ["status=500"]);
        await rig.WaitForSchedulerAsync(static state => state.Tiers[2].Sleeping == 1);

        JsonElement tier = (await rig.AdminJsonAsync("GET", "/admin/queue")).GetProperty("tiers")[2];
        JsonElement sleeps = Assert.Single(tier.GetProperty("waiting").EnumerateArray());
        await rig.AdminJsonAsync("DELETE", "/admin/queue/1");

        Assert.Equal(("sleeping", 0, 1, 1), (
            sleeps.GetProperty("state").GetString(), sleeps.GetProperty("position").GetInt32(),
            sleeps.GetProperty("attempts").GetInt32(), sleeps.GetProperty("retries").GetInt32()));
        using HttpResponseMessage removed = await call.Soon();
        Assert.Equal(503, (int)removed.StatusCode);
        Assert.Equal(1, rig.Upstream.Stats.Started);
        await rig.AssertQuietAsync(3, slots: 1);
    }

    [Fact]
    public async Task Delete_Running_IsRefused()
    {
        await using Rig rig = await Rig.StartAsync(slots: 1);
        Task<HttpResponseMessage> running = rig.ChatAsync(Rig.Batch, "held-1");
        await rig.WaitForLiveAsync(Rig.Batch, 1);

        Assert.Equal((409, "request_running"), await CodeAsync(rig, "/admin/queue/1"));

        rig.Held.ReleaseAll();
        using HttpResponseMessage answer = await running.Soon();
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal((404, "request_not_found"), await CodeAsync(rig, "/admin/queue/1"));
        await rig.AssertQuietAsync(3, slots: 1);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("99")]
    [InlineData("x")]
    [InlineData("99999999999999999999")]
    public async Task Delete_Unknown_IsTold(string id)
    {
        await using Rig rig = await Rig.StartAsync();

        Assert.Equal((404, "request_not_found"), await CodeAsync(rig, $"/admin/queue/{id}"));
    }

    [Fact]
    public async Task Pause_Tier_HoldsItsRequestsUntilResumed()
    {
        await using Rig rig = await Rig.StartAsync(slots: 2);

        JsonElement paused = await rig.AdminJsonAsync("POST", "/admin/tiers/3/pause");
        JsonElement again = await rig.AdminJsonAsync("POST", "/admin/tiers/3/pause");

        Assert.Equal(["message", "priority", "paused"], paused.Names());
        Assert.Equal((3, true, true), (paused.GetProperty("priority").GetInt32(), paused.GetProperty("paused").GetBoolean(), again.GetProperty("paused").GetBoolean()));
        Task<HttpResponseMessage> batch = rig.ChatAsync(Rig.Batch, "waits");
        await rig.WaitForDepthAsync(1);
        using HttpResponseMessage urgent = await rig.ChatAsync(Rig.Urgent, "passes").Soon();
        Assert.Equal(HttpStatusCode.OK, urgent.StatusCode);
        JsonElement tier = (await rig.AdminJsonAsync("GET", "/admin/queue")).GetProperty("tiers")[2];
        Assert.Equal((true, 1), (tier.GetProperty("paused").GetBoolean(), tier.GetProperty("depth").GetInt32()));
        Assert.Equal(1, rig.Upstream.Stats.Started);

        JsonElement resumed = await rig.AdminJsonAsync("POST", "/admin/tiers/3/resume");

        Assert.False(resumed.GetProperty("paused").GetBoolean());
        using HttpResponseMessage answer = await batch.Soon();
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        await rig.AssertQuietAsync(6, slots: 2);
    }

    [Theory]
    [InlineData("4", "pause")]
    [InlineData("0", "resume")]
    [InlineData("x", "pause")]
    [InlineData("-1", "resume")]
    public async Task Pause_UnknownTier_NamesTheKnownOnes(string priority, string word)
    {
        await using Rig rig = await Rig.StartAsync();

        (int status, string message, string? param, string? code) = await rig.AdminErrorAsync("POST", $"/admin/tiers/{priority}/{word}");

        Assert.Equal((404, "priority", "tier_not_found"), (status, param, code));
        Assert.EndsWith("Known: 1, 2, 3.", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Drain_Twice_IsOneDrainThatEndsTheProgram()
    {
        await using Rig rig = await Rig.StartAsync(slots: 1);
        var lifetime = rig.Gateway.Services.GetService(typeof(Microsoft.Extensions.Hosting.IHostApplicationLifetime)) as Microsoft.Extensions.Hosting.IHostApplicationLifetime;
        Task<HttpResponseMessage> running = rig.ChatAsync(Rig.Batch, "held-1");
        await rig.WaitForLiveAsync(Rig.Batch, 1);
        await rig.AdminJsonAsync("POST", "/admin/tiers/3/pause");

        JsonElement first = await rig.AdminJsonAsync("POST", "/admin/drain", null, HttpStatusCode.Accepted);
        JsonElement second = await rig.AdminJsonAsync("POST", "/admin/drain", null, HttpStatusCode.Accepted);

        Assert.Equal(["message", "limit_seconds"], first.Names());
        Assert.Equal((600, 600), (first.GetProperty("limit_seconds").GetInt32(), second.GetProperty("limit_seconds").GetInt32()));
        Assert.NotEqual(first.GetProperty("message").GetString(), second.GetProperty("message").GetString());
        Assert.False((await rig.AdminJsonAsync("POST", "/admin/tiers/3/pause")).GetProperty("paused").GetBoolean());
        Assert.Equal("draining", (await rig.AdminJsonAsync("GET", "/admin/health")).GetProperty("status").GetString());
        using HttpResponseMessage refused = await rig.ChatAsync(Rig.Urgent, "late").Soon();
        Assert.Equal("draining", (await StageFixture.ErrorAsync(refused)).Code);
        Assert.False(lifetime!.ApplicationStopping.IsCancellationRequested);
        var stopping = new TaskCompletionSource();
        using CancellationTokenRegistration registration = lifetime.ApplicationStopping.Register(stopping.SetResult);

        rig.Held.ReleaseAll();

        using HttpResponseMessage answer = await running.Soon();
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        await stopping.Task.Soon();
    }

    private static async Task<(int Status, string? Code)> CodeAsync(Rig rig, string path)
    {
        (int status, _, _, string? code) = await rig.AdminErrorAsync("DELETE", path);
        return (status, code);
    }
}
