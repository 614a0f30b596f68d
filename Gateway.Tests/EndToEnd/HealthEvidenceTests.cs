using System.Net;
using System.Net.WebSockets;
using Gateway.Configuration;
using Gateway.Scheduling;
using Gateway.Tests.Support;
using Gateway.Upstreams;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>What speaks against an instance and what does not, and that nothing keeps a probe from being made.</summary>
[Trait("req", "A6")]
[Trait("row", "U7")]
public class HealthEvidenceTests
{
    private const string Redirect = "HTTP/1.1 302 Found\r\nLocation: http://a/\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
    private const string Garbage = "garbage\r\n\r\n";
    private const string Unauthorized = "HTTP/1.1 401 No\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}";

    private static readonly HealthOptions Passive = new() { Active = false, MinimumCalls = 2, Break = TimeSpan.FromSeconds(10) };

    private readonly ManualTimeProvider _clock = new();

    [Fact]
    public async Task HalfOpen_AnOldTunnelStillRuns_OneProbeIsMadeBesideIt()
    {
        await using Rig rig = await HealthRig.StartAsync(_clock, Passive, slots: 4);
        using ClientWebSocket tunnel = await Realtime.ConnectAsync(rig, Rig.Batch);
        await HealthRig.FailAsync(rig, 2);
        await HealthRig.PassBreakAsync(_clock, Passive.Break);
        await rig.WaitForSchedulerAsync(static state => state.Instances[0] is { Open: true, Limit: 2 });

        Task<HttpResponseMessage> probe = rig.ChatAsync(Rig.Urgent, "held-probe");
        await rig.WaitForLiveAsync(Rig.Urgent, 1);
        Task<HttpResponseMessage> second = rig.ChatAsync(Rig.Urgent, "second");
        await rig.WaitForDepthAsync(1);
        Assert.Equal(CircuitState.HalfOpen, Health(rig).State);
        await tunnel.SendAsync("alive");
        Assert.Equal("alive", await tunnel.ReceiveTextAsync());

        // The place of what ended is nobody's: the probe stays single.
        await tunnel.CloseAsync();
        await rig.WaitForSchedulerAsync(static state => state.Instances[0] is { Limit: 1, Running: 1 } && state.Tiers.Sum(static tier => tier.Depth) == 1);

        rig.Held.Release("held-probe");
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), ((await probe.Soon()).StatusCode, (await second.Soon()).StatusCode));
        Assert.Equal(CircuitState.Closed, Health(rig).State);
        await rig.AssertQuietAsync(5, 4);
    }

    [Fact]
    public async Task HalfOpen_OldTunnelsHoldEverySlot_TheLimitOfTheInstanceStands()
    {
        await using Rig rig = await HealthRig.StartAsync(_clock, Passive, slots: 1);
        using ClientWebSocket tunnel = await Realtime.ConnectAsync(rig, Rig.Batch);
        Health(rig).Eject(Health(rig).Generation, "dead");
        await HealthRig.PassBreakAsync(_clock, Passive.Break);
        await rig.WaitForSchedulerAsync(static state => state.Instances[0] is { Open: true, Limit: 1, Running: 1 });

        Task<HttpResponseMessage> probe = rig.ChatAsync(Rig.Urgent, "probe");
        await rig.WaitForDepthAsync(1);
        await tunnel.CloseAsync();

        Assert.Equal(HttpStatusCode.OK, (await probe.Soon()).StatusCode);
        Assert.Equal(CircuitState.Closed, Health(rig).State);
        await rig.AssertQuietAsync(2, 1);
    }

    [Theory]
    [InlineData(501)]
    [InlineData(505)]
    [Trait("row", "U4")]
    public async Task NotImplemented_IsTheRequestsOwnFault(int status)
    {
        await using Rig rig = await HealthRig.StartAsync(_clock, Passive, retries: new RetryOptions { BaseDelay = TimeSpan.Zero, RetryUnanswered = true });

        for (int i = 0; i < 5; i++)
        {
            HttpResponseMessage answer = await rig.ChatAsync(Rig.Batch, $"n{i}", knobs: [$"status={status}"]).Soon();
            Assert.Equal((status, "1"), ((int)answer.StatusCode, answer.Header("x-gateway-attempts")));
        }

        await rig.AssertQuietAsync(5, 1);
        Assert.Equal((CircuitState.Closed, 0), (Health(rig).State, Assert.Single(rig.Instances.All).Usage.Errors));
    }

    [Theory]
    [InlineData(Redirect)]
    [InlineData(Garbage)]
    [InlineData(Unauthorized)]
    public async Task WrongAnswer_WithAHealthySecond_OneCheckEjects(string answer)
    {
        await using RawUpstream bad = RawUpstream.Start(answer);
        await using Rig rig = await HealthRig.StartAsync(_clock, new HealthOptions(), inTrouble: bad.BaseAddress, key: "sk-own");

        Assert.NotEqual(HttpStatusCode.OK, (await rig.ChatAsync(Rig.Batch, "n").Soon()).StatusCode);
        await rig.WaitForSchedulerAsync(static state => !state.Instances[0].Open);

        HttpResponseMessage next = await rig.ChatAsync(Rig.Batch, "m").Soon();
        Assert.Equal((HttpStatusCode.OK, "other"), (next.StatusCode, next.Header("x-gateway-instance")));
        Assert.StartsWith("check: ", Health(rig).Standing.Reason, StringComparison.Ordinal);
        Assert.DoesNotContain("garbage", Health(rig).Standing.Reason, StringComparison.Ordinal);
        await rig.AssertQuietAsync(2, 1);
    }

    /// <summary>Servers answer a slash at the end of a path with a redirect: one caller's wrong base URL is nobody else's trouble.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("row", "U2")]
    public async Task Redirects_OfOneCallersPath_LeaveTheInstanceToTheOthers(bool isActive)
    {
        await using Rig rig = await HealthRig.StartAsync(_clock, new HealthOptions { Active = isActive });

        for (int i = 0; i < 6; i++)
        {
            Assert.Equal(HttpStatusCode.BadGateway, (await rig.ChatAsync(Rig.Batch, $"n{i}", knobs: ["status=307"]).Soon()).StatusCode);
        }

        Assert.Equal(HttpStatusCode.OK, (await rig.ChatAsync(Rig.Urgent, "m").Soon()).StatusCode);
        await rig.AssertQuietAsync(7, 1);
        Assert.Equal((CircuitState.Closed, 6), (Health(rig).State, rig.Instances.Find(0)!.Usage.Errors));
    }

    [Fact]
    [Trait("row", "U2")]
    public async Task HalfOpen_ProbeIsRedirected_TheNextOneFindsOut()
    {
        await using Rig rig = await HealthRig.StartAsync(_clock, Passive);
        Health(rig).Eject(Health(rig).Generation, "dead");
        await HealthRig.PassBreakAsync(_clock, Passive.Break);
        await rig.WaitForSchedulerAsync(static state => state.Instances[0].Open);

        Assert.Equal(HttpStatusCode.BadGateway, (await rig.ChatAsync(Rig.Batch, "n", knobs: ["status=307"]).Soon()).StatusCode);
        await rig.AssertQuietAsync(1, 1);
        Assert.Equal(CircuitState.HalfOpen, Health(rig).State);

        Assert.Equal(HttpStatusCode.OK, (await rig.ChatAsync(Rig.Batch, "m").Soon()).StatusCode);
        await rig.AssertQuietAsync(2, 1);
        Assert.Equal(CircuitState.Closed, Health(rig).State);
    }

    [Theory]
    [InlineData(Garbage)]
    [InlineData(Unauthorized)]
    public async Task WrongAnswers_WithoutChecks_OpenTheCircuit(string answer)
    {
        await using RawUpstream bad = RawUpstream.Start(answer);
        await using Rig rig = await HealthRig.StartAsync(_clock, Passive, inTrouble: bad.BaseAddress, key: "sk-own");

        for (int i = 0; i < 2; i++)
        {
            Assert.NotEqual(HttpStatusCode.OK, (await rig.ChatAsync(Rig.Batch, $"n{i}").Soon()).StatusCode);

            // Its slot comes back when the call has been seen to end: until then the next request would go to the other instance.
            await rig.WaitForSchedulerAsync(static state => state.Instances.All(static instance => instance is { Running: 0, Ending: 0 }));
        }

        Assert.Equal("other", (await rig.ChatAsync(Rig.Batch, "m").Soon()).Header("x-gateway-instance"));
        Assert.Equal((CircuitState.Open, 2), (Health(rig).State, rig.Instances.Find(0)!.Usage.Errors));
        await rig.AssertQuietAsync(3, 1);
    }

    [Fact]
    [Trait("row", "U7")]
    public async Task Unauthorized_OnAKeyMappedToOneCaller_SaysNothingAboutTheInstance()
    {
        await using RawUpstream bad = RawUpstream.Start(Unauthorized);
        await using Rig rig = await Rig.StartAsync(1, options => options with
        {
            ApiKeyMapping = new Dictionary<string, string> { ["a"] = "upstream-key-of-a" },
            Instances = [GatewayHost.Instance(bad.BaseAddress, 1) with { ApiKey = "sk-own" }],
            Health = Passive,
        });

        for (int i = 0; i < 4; i++)
        {
            Assert.Equal(401, (int)(await rig.SendAsync(rig.Request(
                Rig.Batch, HttpMethod.Post, "/v1/chat/completions", Rig.Json(Rig.ChatBody(Rig.Batch)), "Authorization: Bearer a")).Soon()).StatusCode);
        }

        Assert.Equal(CircuitState.Closed, Health(rig).State);
        await rig.AssertQuietAsync(4, 1);
    }

    [Fact]
    [Trait("req", "M4")]
    public async Task OneOutAndTheOtherPausedForLong_IsToldAtOnceWhenTheFirstIsBack()
    {
        await using RawUpstream limited = RawUpstream.Start("HTTP/1.1 429 Busy\r\nRetry-After: 1800\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}");
        await using Rig rig = await HealthRig.StartAsync(_clock, Passive, inTrouble: limited.BaseAddress, key: "sk-own", retries: new RetryOptions());
        Assert.Equal("other", (await rig.ChatAsync(Rig.Urgent, "n").Soon()).Header("x-gateway-instance"));
        Assert.NotNull(Health(rig).PausedUntil);
        rig.Instances.Find(1)!.Health.Eject(rig.Instances.Find(1)!.Health.Generation, "dead");
        await rig.WaitForSchedulerAsync(static state => !state.Instances[1].Open);

        HttpResponseMessage refused = await rig.ChatAsync(Rig.Urgent, "m").Soon();

        Assert.Equal(("10", 1), (refused.Header("Retry-After"), rig.Upstream.Stats.Started));
        Assert.Equal("upstream_rate_limited", (await refused.JsonAsync()).GetProperty("error").GetProperty("code").GetString());
        await rig.AssertQuietAsync(2, 1);
    }

    private static InstanceHealth Health(Rig rig) => rig.Instances.Find(0)!.Health;
}
