using System.Text;
using Gateway.Configuration;
using Gateway.Tests.Support;
using Gateway.Upstreams;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>Active checks: who is asked, when, and what follows.</summary>
[Trait("req", "A6")]
[Trait("row", "U7")]
public class HealthCheckTests
{
    private static readonly HealthOptions Active = new() { MinimumCalls = 3, Break = TimeSpan.FromSeconds(10), Interval = TimeSpan.FromSeconds(30) };

    private readonly ManualTimeProvider _clock = new();

    [Fact]
    public async Task CannotBeReached_OtherTakesOver_OneFailedCheckEjects()
    {
        using var closed = new ClosedPort();
        await using Rig rig = await StartAsync(Active, inTrouble: closed.Address);

        Assert.Equal("other", (await rig.ChatAsync(Rig.Batch, "n").Soon()).Header("x-gateway-instance"));
        await rig.WaitForSchedulerAsync(static state => !state.Instances[0].Open);

        Assert.StartsWith("check: ", Health(rig).Standing.Reason, StringComparison.Ordinal);
        Assert.Equal(("other", "1"), (
            (await rig.ChatAsync(Rig.Batch, "m").Soon()).Header("x-gateway-instance"), (await rig.ChatAsync(Rig.Batch, "o").Soon()).Header("x-gateway-attempts")));
        await rig.AssertQuietAsync(3, 1);
    }

    [Fact]
    public async Task OnlyInstance_CannotBeReached_IsEjectedByTheThirdFailedCheckAndItsSleepersAreTold()
    {
        using var closed = new ClosedPort();
        await using Rig rig = await StartAsync(
            Active with { MinimumCalls = 100 }, inTrouble: closed.Address, alone: true, retries: new RetryOptions { BaseDelay = TimeSpan.FromHours(1), MaxDelay = TimeSpan.FromHours(1) });
        Task<HttpResponseMessage> sleeper = rig.ChatAsync(Rig.Batch, "n");
        await rig.WaitForSchedulerAsync(static state => state.Tiers.Sum(static tier => tier.Sleeping) == 1);

        // The second and the third check come a second apart, each when the one before it has met its refusal.
        for (int failed = 1; failed < 3; failed++)
        {
            await _clock.WaitForTimerAsync(TimeSpan.FromSeconds(1)).Soon();
            Assert.False(sleeper.IsCompleted);
            _clock.Advance(TimeSpan.FromSeconds(1));
        }

        HttpResponseMessage answer = await sleeper.Soon();
        Assert.Equal((502, "1"), ((int)answer.StatusCode, answer.Header("x-gateway-attempts")));
        Assert.Equal(CircuitState.Open, Health(rig).State);
        Assert.Equal(503, (int)(await rig.ChatAsync(Rig.Batch, "m").Soon()).StatusCode);
        await rig.AssertQuietAsync(2, 1);
    }

    [Fact]
    public async Task Open_ActiveChecks_ReturnsOnlyAfterACheckWentWell()
    {
        List<string> requests = [];
        bool isAlive = false;
        await using RawUpstream upstream = RawUpstream.Start(async (connection, request) =>
        {
            lock (requests)
            {
                requests.Add(request);
            }

            string status = Volatile.Read(ref isAlive) ? "404 Not Here" : "500 Broken";
            await connection.WriteAsync(Encoding.Latin1.GetBytes($"HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{{}}"));
            return RawUpstream.Closing.Orderly;
        });
        await using Rig rig = await StartAsync(Active, inTrouble: upstream.BaseAddress, key: "sk-own", alone: true);
        await HealthRig.FailAsync(rig, 3);
        await rig.WaitForSchedulerAsync(static state => !state.Instances[0].Open);

        await HealthRig.PassBreakAsync(_clock, Active.Break);
        await Until(() => requests.Count == 4 && Health(rig).ProbeIn > TimeSpan.Zero);
        Assert.Equal(CircuitState.Open, Health(rig).State);

        Volatile.Write(ref isAlive, true);
        await HealthRig.PassBreakAsync(_clock, Active.Break);
        await rig.WaitForSchedulerAsync(static state => state.Instances[0].Open);

        Assert.Equal(CircuitState.HalfOpen, Health(rig).State);
        Assert.StartsWith("GET /v1/models HTTP/1.1\r\n", requests[^1], StringComparison.Ordinal);
        Assert.Contains("Authorization: Bearer sk-own\r\n", requests[^1], StringComparison.Ordinal);
        await rig.AssertQuietAsync(3, 1);
    }

    [Fact]
    public async Task Idle_NoTraffic_IsCheckedAfterAnInterval()
    {
        await using Rig rig = await StartAsync(Active);
        await _clock.WaitForTimerAsync(TimeSpan.FromSeconds(30)).Soon();

        _clock.Advance(TimeSpan.FromSeconds(29.9));
        Assert.Equal(0, rig.Upstream.Stats.Started);
        _clock.Advance(TimeSpan.FromSeconds(0.2));
        await rig.WaitUntil(static stats => stats is { Started: 1, Live: 0 });

        Assert.Equal("/v1/models", Assert.Single(rig.Upstream.Requests).RawTarget);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Trait("req", "A1")]
    public async Task Disabled_IsNeitherAskedNorChecked(bool active)
    {
        List<string> requests = [];
        await using RawUpstream off = RawUpstream.Start("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", requests);
        await using Rig rig = await StartAsync(Active with { Active = active }, inTrouble: off.BaseAddress, enabled: false);

        _clock.Advance(TimeSpan.FromSeconds(31));
        Assert.Equal("other", (await rig.ChatAsync(Rig.Batch, "n").Soon()).Header("x-gateway-instance"));

        Assert.Empty(requests);
        await rig.AssertQuietAsync(1, 1);
    }

    private static InstanceHealth Health(Rig rig) => rig.Instances.Find(0)!.Health;

    private static async Task Until(Func<bool> condition)
    {
        using var guard = new CancellationTokenSource(Rig.Guard);
        while (!condition())
        {
            guard.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    private Task<Rig> StartAsync(
        HealthOptions health, Uri? inTrouble = null, string? key = null, bool alone = false, bool enabled = true, RetryOptions? retries = null) =>
        HealthRig.StartAsync(_clock, health, inTrouble, key: key, alone: alone, enabled: enabled, retries: retries);
}
