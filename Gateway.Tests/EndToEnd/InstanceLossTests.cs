using System.Collections.Concurrent;
using System.Net;
using Gateway.Configuration;
using Gateway.Recording;
using Gateway.Requests;
using Gateway.Scheduling;
using Gateway.Tests.Support;
using Gateway.Upstreams;
using Microsoft.Extensions.DependencyInjection;
using UpstreamSimulator;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>One of three instances dies under load, and comes back.</summary>
public class InstanceLossTests
{
    private const int RequestsPerSecond = 200;
    private const int Slots = 32;
    private static readonly string[] Names = ["a", "b", "c"];

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    [Trait("req", "A6")]
    [Trait("row", "U7")]
    public async Task OneOfThree_DiesUnderLoad_NothingThatCouldBeServedFails(bool activeChecks, bool killed)
    {
        await using var three = await ThreeInstances.StartAsync(RoutingStrategy.RoundRobin, activeChecks);
        var load = new SteadyLoad(three.Gateway, RequestsPerSecond);
        InstanceState victim = three.Find("b");

        await load.RunUntilAsync(() => three.Records.Count(static record => record.Instance == "b") >= 50);
        int sentBefore = load.Sent;
        long died = TimeProvider.System.GetTimestamp();
        if (killed)
        {
            three.Proxies[1].Kill();
        }
        else
        {
            three.Proxies[1].Silence();
        }

        await load.RunUntilAsync(() => victim.Health.State == CircuitState.Open);
        TimeSpan toEjection = TimeProvider.System.GetElapsedTime(died);
        long askedAtEjection = victim.Usage.Requests;
        int sentAtEjection = load.Sent;
        long ejected = TimeProvider.System.GetTimestamp();
        await load.RunUntilAsync(() => load.Sent >= sentAtEjection + 100);
        long askedSince = victim.Usage.Requests - askedAtEjection;
        int probes = 1 + (int)TimeProvider.System.GetElapsedTime(ejected).TotalSeconds;

        three.Proxies[1].Revive();
        int records = three.Records.Count;
        await load.RunUntilAsync(() => victim.Health.State == CircuitState.Closed && three.Records.Skip(records).Count(static record => record.Instance == "b") >= 20);
        await load.FinishAsync();

        Assert.InRange(toEjection, TimeSpan.Zero, TimeSpan.FromSeconds(5));
        AccessRecord[] failed = [.. three.Records.Where(static record => record.Outcome != Outcome.Relayed || record.Status != 200)];

        // Only calls that the dead one had already taken may fail: it may have done their work, so nobody else may be asked.
        Assert.All(failed, static record => Assert.Equal("b", record.Instance));
        Assert.All(failed, record => Assert.Contains(record.Outcome, (Outcome[])[Outcome.UpstreamReset, Outcome.UpstreamCut, Outcome.UpstreamFirstByteTimeout]));
        int atRisk = killed ? Slots : sentAtEjection - sentBefore + Slots;
        Assert.InRange(failed.Length, 0, atRisk);
        Assert.Equal(load.Sent, three.Records.Count);
        Assert.Equal(load.Sent - failed.Length, load.Succeeded);

        // It gets a probe a second, and what had been granted just before; its share would be 33.
        Assert.InRange(askedSince, 0, probes + 8);
    }

    [Fact]
    [Trait("row", "U7")]
    public async Task AllDead_Request_503AtOnceWithTheReason()
    {
        await using var three = await ThreeInstances.StartAsync(RoutingStrategy.Failover, activeChecks: true);
        foreach (FaultProxy proxy in three.Proxies)
        {
            proxy.Kill();
        }

        long died = TimeProvider.System.GetTimestamp();
        var load = new SteadyLoad(three.Gateway, RequestsPerSecond);
        await load.RunUntilAsync(() => Names.All(name => three.Find(name).Health.State == CircuitState.Open));
        Assert.InRange(TimeProvider.System.GetElapsedTime(died), TimeSpan.Zero, TimeSpan.FromSeconds(5));
        await load.FinishAsync();

        long asked = TimeProvider.System.GetTimestamp();
        using HttpResponseMessage answer = await load.SendAsync();
        TimeSpan took = TimeProvider.System.GetElapsedTime(asked);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Equal("no_upstream", (await answer.JsonAsync()).GetProperty("error").GetProperty("code").GetString());
        Assert.NotEmpty(answer.Header("Retry-After"));
        Assert.InRange(took, TimeSpan.Zero, TimeSpan.FromSeconds(1));
    }

    [Theory]
    [InlineData(10, 10, 10)]
    [InlineData(5, 3, 2)]
    [InlineData(90, 9, 1)]
    [Trait("req", "A3")]
    public async Task Weighted_ManyRequests_SharesWithinTwoPercent(int a, int b, int c)
    {
        const int Requests = 10_000;
        await using var three = await ThreeInstances.StartAsync(RoutingStrategy.Weighted, activeChecks: false, [a, b, c]);

        using HttpClient client = Rig.NewClient();
        int next = 0;
        await Task.WhenAll(Enumerable.Range(0, 24).Select(async _ =>
        {
            while (Interlocked.Increment(ref next) <= Requests)
            {
                using HttpResponseMessage answer = await client.PostAsync(
                    new Uri(three.Gateway.Address(Rig.Normal), "/v1/chat/completions"), Rig.Json(Rig.ChatBody(Rig.Normal)), Rig.Cancel);
                Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            }
        }));

        double[] weights = [a, b, c];
        for (int i = 0; i < 3; i++)
        {
            double share = three.Upstreams[i].Stats.BillableStarts / (double)Requests;
            Assert.InRange(share - (weights[i] / weights.Sum()), -0.02, 0.02);
        }

        Assert.Equal(Requests, three.Upstreams.Sum(static upstream => upstream.Stats.BillableStarts));
    }

    /// <summary>A gateway in front of three simulators, each behind a relay that can die.</summary>
    private sealed class ThreeInstances : IAsyncDisposable
    {
        private ThreeInstances(SimulatorHost[] upstreams, FaultProxy[] proxies, GatewayHost gateway) =>
            (Upstreams, Proxies, Gateway) = (upstreams, proxies, gateway);

        public SimulatorHost[] Upstreams { get; }

        public FaultProxy[] Proxies { get; }

        public GatewayHost Gateway { get; }

        public IReadOnlyList<AccessRecord> Records => Gateway.Records.All;

        public static async Task<ThreeInstances> StartAsync(RoutingStrategy strategy, bool activeChecks, int[]? weights = null)
        {
            SimulatorHost[] upstreams = [.. await Task.WhenAll(Names.Select(_ => SimulatorApp.StartAsync(new SimulatorOptions { Port = 0 })))];
            FaultProxy[] proxies = [.. upstreams.Select(static upstream => FaultProxy.Start(upstream.BaseAddress))];
            GatewayOptions defaults = GatewayHost.ThreeTiers(upstreams[0].BaseAddress, Slots);
            GatewayOptions options = defaults with
            {
                Scheduling = defaults.Scheduling with { CancelConfirmTimeout = TimeSpan.FromSeconds(1) },
                Retries = new RetryOptions(),
                Instances = [.. Names.Select((name, i) => GatewayHost.Instance(proxies[i].BaseAddress, Slots, name) with { Weight = weights?[i] ?? 10 })],
                Routing = new RoutingOptions { Strategy = strategy },
                Health = new HealthOptions { Break = TimeSpan.FromSeconds(1), Interval = TimeSpan.FromSeconds(5), Active = activeChecks },
                Timeouts = new TimeoutOptions { Connect = TimeSpan.FromSeconds(1), FirstByte = TimeSpan.FromSeconds(1) },
            };
            return new ThreeInstances(upstreams, proxies, await GatewayHost.StartAsync(options));
        }

        public InstanceState Find(string name) => Gateway.Services.GetRequiredService<InstanceTable>().All.Single(instance => instance.Name == name);

        public async ValueTask DisposeAsync()
        {
            await Gateway.DisposeAsync();
            foreach (FaultProxy proxy in Proxies)
            {
                await proxy.DisposeAsync();
            }

            foreach (SimulatorHost upstream in Upstreams)
            {
                await upstream.DisposeAsync();
            }
        }
    }

    /// <summary>Requests at a steady rate, whatever becomes of the ones before.</summary>
    private sealed class SteadyLoad(GatewayHost gateway, int perSecond)
    {
        private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

        private readonly HttpClient _client = Rig.NewClient();
        private readonly ConcurrentBag<Task> _calls = [];
        private int _succeeded;

        public int Sent { get; private set; }

        public int Succeeded => Volatile.Read(ref _succeeded);

        /// <summary>Goes on until the condition holds.</summary>
        public async Task RunUntilAsync(Func<bool> condition)
        {
            long began = TimeProvider.System.GetTimestamp();
            using var pace = new PeriodicTimer(TimeSpan.FromSeconds(2.0 / perSecond));
            while (!condition())
            {
                Assert.True(TimeProvider.System.GetElapsedTime(began) < Patience, "the state was not reached");
                await pace.WaitForNextTickAsync(Rig.Cancel);
                _calls.Add(CallAsync());
                _calls.Add(CallAsync());
            }
        }

        public async Task FinishAsync()
        {
            await Task.WhenAll(_calls).Soon();
            await gateway.Records.WaitForAsync(Sent);
        }

        public Task<HttpResponseMessage> SendAsync() =>
            _client.PostAsync(new Uri(gateway.Address(Rig.Normal), "/v1/chat/completions"), Rig.Json(Rig.ChatBody(Rig.Normal)), Rig.Cancel);

        private async Task CallAsync()
        {
            Sent++;
            try
            {
                using HttpResponseMessage answer = await SendAsync();
                await answer.Content.ReadAsByteArrayAsync(Rig.Cancel);
                if (answer.StatusCode == HttpStatusCode.OK)
                {
                    Interlocked.Increment(ref _succeeded);
                }
            }
            catch (HttpRequestException)
            {
                // An answer that broke: counted by its record.
            }
        }
    }
}
