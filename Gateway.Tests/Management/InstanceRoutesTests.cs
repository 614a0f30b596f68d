using System.Text.Json;
using Gateway.Configuration;
using Gateway.Management.Instances;
using Gateway.Requests;
using Gateway.Scheduling;
using Gateway.Tests.Support;
using Gateway.Upstreams;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Gateway.Tests.Management;

[Trait("req", "A7")]
public class InstanceRoutesTests
{
    private static readonly string[] RowFields =
    [
        "status", "health_status", "total_requests", "successful_requests", "total_tokens_served", "current_tpm", "current_rpm", "error_count",
        "utilization_percent", "last_used",
    ];

    /// <summary>The instance <c>default</c> with four slots, and <c>limited</c> with a token window, switched off.</summary>
    private static Task<Rig> StartAsync(Action<IServiceCollection>? customise = null) => Rig.StartAsync(
        slots: 4,
        options => options with
        {
            Instances =
            [
                options.Instances[0],
                GatewayHost.Instance(options.Instances[0].ApiBase, 2, "limited") with { MaxTpm = 1000, Enabled = false, ApiKey = "canary-key", ProviderType = ProviderType.Compatible },
            ],
        },
        customise);

    private static InstanceState Find(Rig rig, string name) =>
        rig.Gateway.Services.GetRequiredService<InstanceTable>().All.Single(instance => instance.Name == name);

    [Fact]
    public async Task Instances_List_HasTheShapeAndTheFigures()
    {
        var time = new ManualTimeProvider();
        await using Rig rig = await StartAsync(services => services.AddSingleton<TimeProvider>(time));
        InstanceUsage usage = Find(rig, "limited").Usage;
        usage.Began();
        usage.Succeeded(TimeSpan.FromMilliseconds(40), tokens: 250);
        usage.Began();
        usage.Failed(Outcome.UpstreamReset, status: null);

        JsonElement answer = await rig.AdminJsonAsync("GET", "/admin/instances");

        Assert.Equal(["instances", "summary"], answer.Names());
        Assert.Equal(["default", "limited"], answer.GetProperty("instances").Names());
        JsonElement idle = answer.GetProperty("instances").GetProperty("default"), used = answer.GetProperty("instances").GetProperty("limited");
        Assert.Equal(RowFields, idle.Names());
        Assert.Equal(
            """{"status":"active","health_status":"healthy","total_requests":0,"successful_requests":0,"total_tokens_served":0,"current_tpm":0,"current_rpm":0,"error_count":0,"utilization_percent":0,"last_used":null}""",
            idle.GetRawText());
        Assert.Equal(
            """{"status":"disabled","health_status":"healthy","total_requests":2,"successful_requests":1,"total_tokens_served":250,"current_tpm":250,"current_rpm":2,"error_count":1,"utilization_percent":25,"last_used":"2026-01-01T00:00:00+00:00"}""",
            used.GetRawText());
        Assert.Equal("""{"total_instances":2,"healthy_instances":2,"total_requests":2,"total_tokens":250}""", answer.GetProperty("summary").GetRawText());
    }

    [Fact]
    public async Task Instances_SlotsTaken_AreTheUtilizationWithoutAWindow()
    {
        await using Rig rig = await StartAsync();
        Task<HttpResponseMessage>[] held = await rig.HoldAsync(Rig.Batch, 3);

        JsonElement row = (await rig.AdminJsonAsync("GET", "/admin/instances")).GetProperty("instances").GetProperty("default");
        JsonElement slots = (await rig.AdminJsonAsync("GET", "/admin/instances/default")).GetProperty("state");

        Assert.Equal(75, row.GetProperty("utilization_percent").GetDouble());
        Assert.Equal("""{"status":"active","limit":4,"running":3,"ending":0,"cooling":0,"leaked":0,"open":true}""", slots.GetRawText());
        rig.Held.ReleaseAll();
        await Task.WhenAll(held).Soon();
        await rig.AssertQuietAsync(5, slots: 4);
    }

    [Fact]
    public void Row_SlotHasLeaked_CountsAsTaken()
    {
        using var table = new InstanceTable(GatewayHost.ThreeTiers(new Uri("http://127.0.0.1:1/"), slots: 4), TimeProvider.System);
        var slots = new InstanceSnapshot(0, Limit: 4, Running: 1, Ending: 0, Cooling: 0, Leaked: 1, Open: true);

        Assert.Equal(50, new InstanceView(table.Find(0)!, slots, booked: null).Row().UtilizationPercent);
    }

    [Fact]
    public async Task Instance_One_HasTheShapeAndNoKey()
    {
        var time = new ManualTimeProvider();
        await using Rig rig = await StartAsync(services => services.AddSingleton<TimeProvider>(time));
        InstanceUsage usage = Find(rig, "limited").Usage;
        usage.Began();
        usage.Failed(Outcome.Relayed, status: 503);

        JsonElement answer = await rig.AdminJsonAsync("GET", "/admin/instances/limited");

        Assert.Equal(["name", "config", "state", "health", "usage", "errors"], answer.Names());
        Assert.Equal("limited", answer.GetProperty("name").GetString());
        JsonElement config = answer.GetProperty("config");
        Assert.True(config.GetProperty("api_key_configured").GetBoolean());
        Assert.False(config.TryGetProperty("api_key", out _));
        Assert.Equal((1000, "compatible"), (config.GetProperty("max_tpm").GetInt32(), config.GetProperty("provider_type").GetString()?.ToLowerInvariant()));
        Assert.Equal(
            """{"health_status":"healthy","circuit":"closed","reason":null,"since":"2026-01-01T00:00:00+00:00","paused_until":null,"probe_in_ms":0}""",
            answer.GetProperty("health").GetRawText());
        Assert.Equal(
            """{"error_count":1,"recent":[{"timestamp":"2026-01-01T00:00:00+00:00","outcome":"relayed","status":503}]}""",
            answer.GetProperty("errors").GetRawText());
        Assert.Equal((1, 1.0), (answer.GetProperty("usage").GetProperty("total_requests").GetInt32(), answer.GetProperty("usage").GetProperty("error_rate").GetDouble()));
        Assert.DoesNotContain("canary", answer.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Instance_CircuitOpenThenPaused_SaysSo()
    {
        var time = new ManualTimeProvider();
        await using Rig rig = await StartAsync(services => services.AddSingleton<TimeProvider>(time));
        Find(rig, "default").Health.Eject(generation: 0, "It does not answer.");

        JsonElement open = await rig.AdminJsonAsync("GET", "/admin/instances/default");
        JsonElement overview = await rig.AdminJsonAsync("GET", "/admin/health");

        Assert.Equal("unavailable", open.GetProperty("state").GetProperty("status").GetString());
        Assert.Equal(("unhealthy", "open", "It does not answer."), (
            open.GetProperty("health").GetProperty("health_status").GetString(),
            open.GetProperty("health").GetProperty("circuit").GetString(),
            open.GetProperty("health").GetProperty("reason").GetString()));
        Assert.True(open.GetProperty("health").GetProperty("probe_in_ms").GetDouble() > 0);
        Assert.Equal("unhealthy", overview.GetProperty("status").GetString());
        Assert.Equal((2, 1, 1), (
            overview.GetProperty("summary").GetProperty("total_instances").GetInt32(),
            overview.GetProperty("summary").GetProperty("healthy_instances").GetInt32(),
            overview.GetProperty("summary").GetProperty("unhealthy_instances").GetInt32()));

        JsonElement reset = await rig.AdminJsonAsync("POST", "/admin/instances/default/reset");
        Find(rig, "default").Health.Pause(TimeSpan.FromSeconds(30));
        JsonElement paused = await rig.AdminJsonAsync("GET", "/admin/instances/default");

        Assert.Equal("default", reset.GetProperty("instance").GetString());
        Assert.Equal(("paused", "2026-01-01T00:00:30+00:00"), (
            paused.GetProperty("state").GetProperty("status").GetString(), paused.GetProperty("health").GetProperty("paused_until").GetString()));
        Assert.Equal("healthy", (await rig.AdminJsonAsync("GET", "/admin/health")).GetProperty("status").GetString());
    }

    [Fact]
    [Trait("req", "A8")]
    public async Task Reset_UsedAndPaused_StartsAnew()
    {
        var time = new ManualTimeProvider();
        await using Rig rig = await StartAsync(services => services.AddSingleton<TimeProvider>(time));
        InstanceState instance = Find(rig, "default");
        instance.Usage.Began();
        instance.Usage.Failed(Outcome.UpstreamReset, status: null);
        instance.Health.Pause(TimeSpan.FromHours(1));

        JsonElement answer = await rig.AdminJsonAsync("POST", "/admin/instances/default/reset");
        JsonElement row = (await rig.AdminJsonAsync("GET", "/admin/instances")).GetProperty("instances").GetProperty("default");

        Assert.Equal(["message", "instance", "timestamp"], answer.Names());
        Assert.Equal("2026-01-01T00:00:00+00:00", answer.GetProperty("timestamp").GetString());
        Assert.Equal(("active", 0, 0), (row.GetProperty("status").GetString(), row.GetProperty("total_requests").GetInt32(), row.GetProperty("error_count").GetInt32()));
    }

    [Fact]
    [Trait("req", "A8")]
    public async Task Reset_CircuitOpen_ServesAgain()
    {
        await using Rig rig = await Rig.StartAsync();
        Find(rig, "default").Health.Eject(generation: 0, "It does not answer.");
        using HttpResponseMessage refused = await rig.ChatAsync(Rig.Urgent, "early").Soon();
        Assert.Equal((503, "no_upstream"), ((int)refused.StatusCode, (await StageFixture.ErrorAsync(refused)).Code));

        await rig.AdminJsonAsync("POST", "/admin/instances/default/reset");

        using HttpResponseMessage answer = await rig.ChatAsync(Rig.Urgent, "late").Soon();
        Assert.Equal(200, (int)answer.StatusCode);
        JsonElement usage = (await rig.AdminJsonAsync("GET", "/admin/instances/default")).GetProperty("usage");
        Assert.Equal((1, 1), (usage.GetProperty("total_requests").GetInt32(), usage.GetProperty("successful_requests").GetInt32()));
        Assert.True(usage.GetProperty("total_tokens_served").GetInt64() > 0);
        await rig.AssertQuietAsync(4, slots: 1);
    }

    [Fact]
    public async Task Health_Overview_HasTheShape()
    {
        await using Rig rig = await StartAsync();

        JsonElement answer = await rig.AdminJsonAsync("GET", "/admin/health");

        Assert.Equal(["status", "ready", "version", "timestamp", "redis_connected", "summary", "instances"], answer.Names());
        Assert.Equal(("healthy", true), (answer.GetProperty("status").GetString(), answer.GetProperty("ready").GetBoolean()));
        Assert.Equal(["total_instances", "healthy_instances", "unhealthy_instances", "waiting", "running"], answer.GetProperty("summary").Names());
        Assert.Equal(["default", "limited"], answer.GetProperty("instances").Names());
    }

    [Theory]
    [InlineData("GET", "/admin/instances/nobody")]
    [InlineData("GET", "/admin/instances/DEFAULT")]
    [InlineData("POST", "/admin/instances/nobody/reset")]
    [InlineData("PUT", "/admin/instances/nobody/config")]
    [Trait("req", "A8")]
    public async Task Instance_Unknown_NamesTheKnownOnes(string method, string path)
    {
        await using Rig rig = await StartAsync();

        (int status, string message, string? param, string? code) = await rig.AdminErrorAsync(method, path, method == "PUT" ? "{}" : null);

        Assert.Equal((404, "name", "instance_not_found"), (status, param, code));
        Assert.EndsWith("Known: default, limited.", message, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("row", "A4")]
    public async Task EveryAnswer_KeysEverywhere_HoldsNone()
    {
        await using Rig rig = await Rig.StartAsync(configure: AdminRig.WithCanaries);
        string[] right = [$"X-Admin-Token: {AdminRig.Token}"];
        await Task.WhenAll(rig.Gateway.Routes().Select(route => AskAsync(route.Method, route.Path, ["X-Admin-Token: canary-wrong", "Authorization: Bearer canary-caller"])));
        foreach ((string method, _, string path) in rig.Gateway.Routes().OrderBy(static route => route.Path == "/admin/drain"))
        {
            await AskAsync(method, path, right);
        }

        JsonElement config = await rig.AdminJsonAsync("GET", "/admin/config", headers: right);
        Assert.All(
            ["openai_api_key_configured", "influx_token_configured", "admin_token_configured"], name => Assert.True(config.GetProperty(name).GetBoolean(), name));
        Assert.True(config.GetProperty("instances")[0].GetProperty("api_key_configured").GetBoolean());
        Assert.False(config.TryGetProperty("admin_token", out _));
        Assert.DoesNotContain("canary", rig.Gateway.Log(), StringComparison.OrdinalIgnoreCase);

        async Task AskAsync(string method, string path, string[] headers)
        {
            using HttpResponseMessage answer = await rig.AdminAsync(method, path, method == "PUT" ? """{"canary-field":"canary-value"}"""[..^1] : null, headers);
            string all = answer.ToString() + await answer.BodyAsync();
            Assert.DoesNotContain("canary", all, StringComparison.OrdinalIgnoreCase);
        }
    }
}
