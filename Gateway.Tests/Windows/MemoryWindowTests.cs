using System.Globalization;
using System.Net;
using System.Text.Json;
using Gateway.Configuration;
using Gateway.RateLimiting;
using Gateway.Scheduling;
using Gateway.Tests.Support;
using Xunit;

namespace Gateway.Tests.Windows;

/// <summary>Windows in memory, on a clock of the test's own; and what callers and operators are told, which has its times.</summary>
public sealed class MemoryWindowTests : WindowContract
{
    private readonly ManualTimeProvider _clock = new();

    private protected override TimeSpan Length => LimitStore.Window;

    private protected override Task<WindowRig> StartAsync(int?[] maxTpm, Func<GatewayOptions, GatewayOptions>? configure = null) =>
        WindowRig.StartAsync(maxTpm, configure, _clock);

    private protected override Task PassAsync(TimeSpan time)
    {
        _clock.Advance(time);
        return Task.CompletedTask;
    }

    [Fact]
    public async Task TooLarge_ForTheTiersWholeShare_IsRefusedAtOnceWithBothNumbers()
    {
        await using WindowRig rig = await StartAsync([25_000, 10_000]);

        HttpResponseMessage answer = await rig.SpendAsync(Rig.Batch, 20_001).Soon();

        JsonElement error = JsonDocument.Parse(await answer.TextAsync()).RootElement.GetProperty("error");
        Assert.Equal((HttpStatusCode.TooManyRequests, "false"), (answer.StatusCode, answer.Header("x-should-retry")));
        Assert.Equal(("rate_limit_error", "rate_limit_exceeded"), (error.GetProperty("type").GetString(), error.GetProperty("code").GetString()));
        Assert.Contains($"limit 20000, requested 20001 ({rig.PromptTokens} in, up to {20_001 - rig.PromptTokens} out)", error.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal(0, rig.Upstream.Stats.Started);

        // The control: as large as its share, or in a tier with a larger one.
        Assert.Equal(HttpStatusCode.OK, (await rig.SpendAsync(Rig.Batch, 20_000).Soon()).StatusCode);
        await rig.AssertQuietAsync();
    }

    /// <summary>An instance that could never hold the request is none of those that it waits for.</summary>
    [Fact]
    public async Task TooLarge_ForOneInstance_WaitsForTheOther()
    {
        await using WindowRig rig = await StartAsync([10_000, 25_000]);

        Assert.Equal("b", (await rig.SpendAsync(Rig.Urgent, 20_000).Soon()).Header("x-gateway-instance"));
        _ = rig.SpendAsync(Rig.Urgent, 20_000);
        await rig.WaitingAsync(1);

        Assert.Equal("a", (await rig.SpendAsync(Rig.Urgent, 9_000).Soon()).Header("x-gateway-instance"));
    }

    [Fact]
    public async Task Deadline_ShorterThanTheWindow_429TellsTheWindowsTime()
    {
        await using WindowRig rig = await StartAsync([25_000]);
        await rig.SpendAsync(Rig.Urgent, 20_000).Soon();
        _clock.Advance(TimeSpan.FromSeconds(20));

        // Nobody knows yet that it is closed; then everybody does.
        for (int i = 0; i < 2; i++)
        {
            HttpResponseMessage answer = await rig.SpendAsync(Rig.Urgent, 20_000, "x-stainless-timeout: 30").Soon();
            Assert.Equal((HttpStatusCode.TooManyRequests, "0"), (answer.StatusCode, answer.Header("x-gateway-attempts") is { Length: > 0 } attempts ? attempts : "0"));
            Assert.InRange(int.Parse(answer.Header("retry-after"), CultureInfo.InvariantCulture), 40, 41);
        }

        Task<HttpResponseMessage> patient = rig.SpendAsync(Rig.Urgent, 20_000, "x-stainless-timeout: 50");
        await rig.WaitingAsync(1);
        _clock.Advance(TimeSpan.FromSeconds(41));
        Assert.Equal(HttpStatusCode.OK, (await patient.Soon()).StatusCode);
        await rig.AssertQuietAsync();
    }

    [Fact]
    public async Task QueueFull_429TellsTheWindowsTime()
    {
        await using WindowRig rig = await StartAsync(
            [25_000], static options => options with { Scheduling = options.Scheduling with { MaxQueueLength = 1 } });
        await rig.SpendAsync(Rig.Urgent, 20_000).Soon();
        _ = rig.SpendAsync(Rig.Urgent, 20_000);
        await rig.WaitingAsync(1);

        HttpResponseMessage answer = await rig.SpendAsync(Rig.Urgent, 20_000).Soon();

        Assert.Equal(HttpStatusCode.TooManyRequests, answer.StatusCode);
        Assert.InRange(int.Parse(answer.Header("retry-after"), CultureInfo.InvariantCulture), 60, 61);
    }

    [Fact]
    [Trait("req", "A8")]
    public async Task Put_LargerMaxTpm_LetsTheWaitingInAtOnceAndShowsInTheUtilization()
    {
        await using WindowRig rig = await StartAsync([25_000]);
        await rig.SpendAsync(Rig.Urgent, 20_000).Soon();
        Task<HttpResponseMessage> waits = rig.SpendAsync(Rig.Urgent, 20_000);
        await rig.WaitingAsync(1);
        Assert.Equal((20_000, 80.0), await UtilizationAsync(rig));

        using HttpResponseMessage put = await Rig.NewClient().PutAsync(
            new Uri(rig.Gateway.Address(0), "/admin/instances/a/config"), Rig.Json("""{"max_tpm":50000}"""), Rig.Cancel);

        Assert.Equal(HttpStatusCode.OK, put.StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await waits.Soon()).StatusCode);
        Assert.Equal((40_000, 80.0), await UtilizationAsync(rig));
    }

    [Fact]
    public async Task Utilization_FewTokensManySlots_IsTheSlots()
    {
        await using WindowRig rig = await StartAsync([1_000_000], static options => options with { Instances = [options.Instances[0] with { MaxConcurrency = 2 }] });
        Task<HttpResponseMessage> held = rig.HoldAsync(Rig.Urgent, 1000 - rig.PromptTokens, "held");
        await rig.Upstream.WaitUntil(static stats => stats.Live == 1, Rig.Guard);

        Assert.Equal((1000, 50.0), await UtilizationAsync(rig));
        rig.Held.Release("held");
        await held.Soon();
    }

    /// <summary>With no reserve all tiers share alike; it is the control of the contract's test, too.</summary>
    [Fact]
    public async Task WindowReserve_Zero_LeavesNothingToTheMoreUrgent()
    {
        await using WindowRig rig = await StartAsync([25_000], static options => options with { Scheduling = options.Scheduling with { WindowReserve = 0 } });

        Assert.Equal(HttpStatusCode.OK, (await rig.SpendAsync(Rig.Batch, 25_000).Soon()).StatusCode);
        _ = rig.SpendAsync(Rig.Urgent, 1000);
        await rig.WaitingAsync(1);
    }

    private static async Task<(long CurrentTpm, double Utilization)> UtilizationAsync(WindowRig rig)
    {
        using HttpClient client = Rig.NewClient();
        JsonElement row = JsonDocument.Parse(await client.GetStringAsync(new Uri(rig.Gateway.Address(0), "/admin/instances"), Rig.Cancel))
            .RootElement.GetProperty("instances").GetProperty("a");
        return (row.GetProperty("current_tpm").GetInt64(), row.GetProperty("utilization_percent").GetDouble());
    }
}
