using System.Net;
using Gateway.Configuration;
using Gateway.Scheduling;
using Gateway.Tests.Support;
using Gateway.Upstreams;
using UpstreamSimulator;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>Instances leave the rotation and come back, on a clock that moves only when the test moves it.</summary>
[Trait("req", "A6")]
[Trait("row", "U7")]
public class HealthTests
{
    private static readonly HealthOptions Passive = new() { Active = false, MinimumCalls = 3, Break = TimeSpan.FromSeconds(10) };

    private readonly ManualTimeProvider _clock = new();

    [Fact]
    public async Task KeepsFailing_LeavesTheRotation_ReturnsByOneProbe()
    {
        await using Rig rig = await StartAsync(Passive, slots: 2);
        await FailAsync(rig, 3);
        Assert.Equal((CircuitState.Open, "status 500"), (Health(rig).State, Health(rig).Standing.Reason));

        HttpResponseMessage refused = await rig.ChatAsync(Rig.Urgent, "refused").Soon();
        Assert.Equal((503, "10"), ((int)refused.StatusCode, refused.Header("Retry-After")));
        string message = (await refused.JsonAsync()).GetProperty("error").GetProperty("message").GetString()!;
        Assert.Contains("failed repeatedly", message, StringComparison.Ordinal);
        Assert.Equal(3, rig.Upstream.Stats.Started);

        await HealthRig.PassBreakAsync(_clock, Passive.Break);
        await rig.WaitForSchedulerAsync(static state => state.Instances[0] is { Open: true, Limit: 1 });
        Task<HttpResponseMessage> probe = rig.ChatAsync(Rig.Batch, "held-0");
        await rig.WaitForLiveAsync(Rig.Batch, 1);
        Task<HttpResponseMessage>[] waiting = [.. Enumerable.Range(1, 2).Select(i => rig.ChatAsync(Rig.Batch, $"held-{i}"))];
        await rig.WaitForDepthAsync(2);
        Assert.Equal((CircuitState.HalfOpen, 1), (Health(rig).State, rig.Upstream.Stats.Live));

        rig.Held.Release("held-0");
        Assert.Equal(HttpStatusCode.OK, (await probe.Soon()).StatusCode);
        await rig.WaitForLiveAsync(Rig.Batch, 2);
        Assert.Equal(CircuitState.Closed, Health(rig).State);
        rig.Held.Release("held-1");
        rig.Held.Release("held-2");
        await Task.WhenAll(waiting).Soon();
        await rig.AssertQuietAsync(7, 2);
    }

    [Fact]
    public async Task ProbeFails_StaysOutForAnotherBreak()
    {
        await using Rig rig = await StartAsync(Passive);
        await FailAsync(rig, 3);
        await HealthRig.PassBreakAsync(_clock, Passive.Break);
        await rig.WaitForSchedulerAsync(static state => state.Instances[0].Open);

        await FailAsync(rig, 1);

        Assert.Equal((CircuitState.Open, TimeSpan.FromSeconds(10)), (Health(rig).State, Health(rig).ProbeIn));
        Assert.Equal(503, (int)(await rig.ChatAsync(Rig.Batch, "n").Soon()).StatusCode);
        Assert.Equal(4, rig.Upstream.Stats.Started);
        await rig.AssertQuietAsync(5, 1);
    }

    [Theory]
    [InlineData(400)]
    [InlineData(401)]
    [InlineData(404)]
    [InlineData(422)]
    [InlineData(429)]
    public async Task AnsweredErrors_ThatAreNotItsFault_NeverEject(int status)
    {
        await using Rig rig = await StartAsync(Passive);

        for (int i = 0; i < 10; i++)
        {
            Assert.Equal(status, (int)(await rig.ChatAsync(Rig.Batch, $"n{i}", knobs: [$"status={status}"]).Soon()).StatusCode);
        }

        Assert.Equal(CircuitState.Closed, Health(rig).State);
        await rig.AssertQuietAsync(10, 1);
    }

    [Fact]
    [Trait("req", "P12")]
    public async Task StreamsLongerThanTheTotalLimit_NeverEject()
    {
        await using Rig rig = await StartAsync(Passive, slots: 4);
        rig.Gateway.Options.Publish(rig.Gateway.Options.Current with { Timeouts = new TimeoutOptions { Total = TimeSpan.FromSeconds(5) } });
        HttpResponseMessage[] answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(i => rig.ChatAsync(Rig.Batch, $"paused-stream-{i}", stream: true))).Soon();

        _clock.Advance(TimeSpan.FromSeconds(5.1));

        Assert.All(await Task.WhenAll(answers.Select(static answer => answer.TextAsync())).Soon(),
            static text => Assert.Contains("upstream_total_timeout", text, StringComparison.Ordinal));
        await rig.AssertQuietAsync(4, 4);
        Assert.Equal((CircuitState.Closed, 4, 0), (Health(rig).State, rig.Instances.Find(0)!.Usage.Requests, rig.Instances.Find(0)!.Usage.Errors));
    }

    [Fact]
    [Trait("req", "P12")]
    public async Task CallersWhoLeave_NeverEject()
    {
        await using Rig rig = await StartAsync(Passive);
        for (int i = 0; i < 6; i++)
        {
            using var leave = new CancellationTokenSource();
            Task<HttpResponseMessage> call = rig.ChatAsync(Rig.Batch, $"n{i}", knobs: ["fail=hang"], leave: leave.Token);
            await rig.WaitForLiveAsync(Rig.Batch, 1);
            await leave.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
            await rig.WaitForLiveAsync(Rig.Batch, 0);
        }

        await rig.AssertQuietAsync(6, 1);
        Assert.Equal((CircuitState.Closed, 6, 0), (Health(rig).State, rig.Instances.Find(0)!.Usage.Requests, rig.Instances.Find(0)!.Usage.Errors));
    }

    [Fact]
    public async Task Queued_WhenTheLastInstanceLeaves_GetTheirAnswerAtOnce()
    {
        await using Rig rig = await StartAsync(Passive with { MinimumCalls = 2 });
        await FailAsync(rig, 1);
        Task<HttpResponseMessage> last = rig.ChatAsync(Rig.Urgent, "held-last", knobs: ["status=500"]);
        await rig.WaitForLiveAsync(Rig.Urgent, 1);
        Task<HttpResponseMessage>[] queued = [.. Enumerable.Range(0, 3).Select(i => rig.ChatAsync(Rig.Batch, $"q{i}"))];
        await rig.WaitForDepthAsync(3);

        rig.Held.Release("held-last");

        Assert.Equal(500, (int)(await last.Soon()).StatusCode);
        Assert.All(await Task.WhenAll(queued).Soon(), static answer => Assert.Equal((503, "10"), ((int)answer.StatusCode, answer.Header("Retry-After"))));
        await rig.AssertQuietAsync(5, 1);
    }

    [Fact]
    public async Task LeavesAndReturns_IsLoggedOnceEach()
    {
        Rig rig = await StartAsync(Passive);
        await using (rig)
        {
            await FailAsync(rig, 3);
            for (int i = 0; i < 2; i++)
            {
                await HealthRig.PassBreakAsync(_clock, Passive.Break);
                await rig.WaitForSchedulerAsync(static state => state.Instances[0].Open);
                await FailAsync(rig, i == 0 ? 1 : 0);
            }

            Assert.Equal(HttpStatusCode.OK, (await rig.ChatAsync(Rig.Batch, "n").Soon()).StatusCode);
            await rig.AssertQuietAsync(5, 1);
        }

        string log = rig.Gateway.Log();
        Assert.Single(log.Split('\n'), static line => line.Contains("is out of the rotation", StringComparison.Ordinal));
        Assert.Single(log.Split('\n'), static line => line.Contains("is back in the rotation", StringComparison.Ordinal));
    }

    [Fact]
    [Trait("req", "A8")]
    public async Task Reload_WhileOut_StaysOut_NewSettingsCount()
    {
        await using Rig rig = await StartAsync(Passive, slots: 3);
        await FailAsync(rig, 3);

        GatewayOptions current = rig.Gateway.Options.Current;
        rig.Gateway.Options.Publish(current with { Health = Passive with { Break = TimeSpan.FromSeconds(60) }, Retries = new RetryOptions { MaxRetries = 1 } });

        await rig.WaitForSchedulerAsync(static state => state.Instances[0] is { Open: false, Limit: 1 });
        Health(rig).Reset();
        await rig.WaitForSchedulerAsync(static state => state.Instances[0] is { Open: true, Limit: 3 });
        await FailAsync(rig, 3);
        Assert.Equal(TimeSpan.FromSeconds(60), Health(rig).ProbeIn);
        await rig.AssertQuietAsync(6, 3);
    }

    [Fact]
    [Trait("req", "A3")]
    public async Task Composite_OneInstanceFails_ItsShareGoesToTheOther()
    {
        await using SimulatorHost good = await SimulatorApp.StartAsync(new SimulatorOptions { Port = 0 });
        await using Rig rig = await StartAsync(Passive with { MinimumCalls = 1000 }, inTrouble: good.BaseAddress, slots: 4, strategy: RoutingStrategy.Composite);
        await FailAsync(rig, 1);
        int failed = rig.Instances.Find(0)!.Usage.Errors == 1 ? 0 : 1;
        await rig.Gateway.Scheduler.SnapshotAsync();

        for (int i = 0; i < 5; i++)
        {
            Assert.Equal(failed == 0 ? "other" : "default", (await rig.ChatAsync(Rig.Batch, $"n{i}").Soon()).Header("x-gateway-instance"));
        }

        await rig.AssertQuietAsync(6, 4);
    }

    [Theory]
    [Trait("req", "A3")]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Composite_AMinuteAfterTheError_ItsShareReturns(bool hasTraffic)
    {
        await using SimulatorHost good = await SimulatorApp.StartAsync(new SimulatorOptions { Port = 0 });
        await using Rig rig = await StartAsync(Passive with { MinimumCalls = 1000 }, inTrouble: good.BaseAddress, slots: 4, strategy: RoutingStrategy.Composite);
        await FailAsync(rig, 1);
        await rig.Gateway.Records.WaitForAsync(1);
        Assert.Equal(1, rig.Instances.Find(0)!.Usage.Errors);
        await rig.Gateway.Scheduler.SnapshotAsync();
        Assert.Equal("other", (await rig.ChatAsync(Rig.Batch, "before").Soon()).Header("x-gateway-instance"));

        _clock.Advance(TimeSpan.FromSeconds(hasTraffic ? 60.5 : 61));
        if (hasTraffic)
        {
            // Before the clock would have done it: by the end of another's attempt.
            Assert.Equal("other", (await rig.ChatAsync(Rig.Batch, "between").Soon()).Header("x-gateway-instance"));
            await rig.AssertQuietAsync(3, 4);
        }

        Assert.Equal("default", (await rig.ChatAsync(Rig.Batch, "after").Soon()).Header("x-gateway-instance"));
        await rig.AssertQuietAsync(hasTraffic ? 4 : 3, 4);
    }

    private static InstanceHealth Health(Rig rig) => rig.Instances.Find(0)!.Health;

    private static Task FailAsync(Rig rig, int times) => HealthRig.FailAsync(rig, times);

    private Task<Rig> StartAsync(
        HealthOptions health, Uri? inTrouble = null, int slots = 1, RoutingStrategy strategy = RoutingStrategy.Failover) =>
        HealthRig.StartAsync(_clock, health, inTrouble, slots, strategy: strategy);
}
