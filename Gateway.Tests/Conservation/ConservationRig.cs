using System.Text.Json;
using Gateway.Configuration;
using Gateway.Recording;
using Gateway.Requests;
using Gateway.Scheduling;
using Gateway.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using UpstreamSimulator;
using Xunit;

namespace Gateway.Tests.Conservation;

/// <summary>A gateway with all of its parts at work, in front of two upstreams.</summary>
internal sealed class ConservationRig : IAsyncDisposable
{
    private const int SlotsEach = 4;

    private readonly SimulatorHost _east;
    private readonly SimulatorHost _west;

    private ConservationRig(SimulatorHost east, SimulatorHost west, GatewayHost gateway)
    {
        (_east, _west, Gateway) = (east, west, gateway);
        Caller = new MixedCaller(gateway.Address);
        Caller.Watch(east);
        Caller.Watch(west);
    }

    public GatewayHost Gateway { get; }

    public MixedCaller Caller { get; }

    public static async Task<ConservationRig> StartAsync(Func<GatewayOptions, GatewayOptions>? configure = null)
    {
        SimulatorHost east = await SimulatorApp.StartAsync(new SimulatorOptions { Port = 0 });
        SimulatorHost west = await SimulatorApp.StartAsync(new SimulatorOptions { Port = 0 });
        GatewayOptions options = GatewayHost.ThreeTiers(east.BaseAddress, SlotsEach) with
        {
            Instances = [GatewayHost.Instance(east.BaseAddress, SlotsEach, "east"), GatewayHost.Instance(west.BaseAddress, SlotsEach, "west")],
            Routing = new RoutingOptions { Strategy = RoutingStrategy.RoundRobin },
            Retries = new RetryOptions { MaxRetries = 3, BaseDelay = TimeSpan.FromMilliseconds(5), MaxDelay = TimeSpan.FromSeconds(1), FailuresPer30s = 100_000, Budget = 1 },
            Cache = new CacheOptions { Ttl = TimeSpan.FromSeconds(2), ModelsTtl = TimeSpan.FromSeconds(2) },

            // Full at times, and nobody starves: callers that wait for an answer do not ask the next question.
            Scheduling = new SchedulingOptions { MaxQueueLength = 11, AgeLimit = TimeSpan.FromSeconds(2) },

            // Keys of their own at the upstream: what it says of limits concerns them alone, and pauses nobody else.
            ClientKeys =
            [
                new ClientKeyOptions { Name = "anna", Key = CallMix.Anna, UpstreamKey = "sk-upstream-anna" },
                new ClientKeyOptions { Name = "ben", Key = CallMix.Ben, UpstreamKey = "sk-upstream-ben" },
                new ClientKeyOptions { Name = "thrifty", Key = CallMix.Thrifty, UpstreamKey = "sk-upstream-thrifty", RequestsPerMinute = 6 },
            ],
            RateLimit = new RateLimitOptions { RequestsPerMinute = 1_000_000, TokensPerMinute = 1_000_000_000 },
        };
        return new ConservationRig(east, west, await GatewayHost.StartAsync(configure?.Invoke(options) ?? options));
    }

    /// <summary>When nothing is under way any more: no call upstream, no item, no slot, no body.</summary>
    public async Task<Books> CloseAsync()
    {
        await _east.WaitUntil(static stats => stats.Live == 0, Rig.Guard);
        await _west.WaitUntil(static stats => stats.Live == 0, Rig.Guard);
        SchedulerSnapshot? state = null;
        await Eventually.TrueAsync(async () =>
        {
            state = await Gateway.Scheduler.SnapshotAsync(withItems: true).Soon();
            return state.Items.Count == 0 && state.Instances.All(static instance => instance is { Running: 0, Ending: 0, Cooling: 0, Leaked: 0 });
        });
        await Eventually.TrueAsync(() => Gateway.Services.GetRequiredService<SegmentPool>().Held == 0);
        await Gateway.Records.WaitForAsync(Caller.Views.Count(static view => view.HasArrived));
        return new Books(Caller.Views, Gateway.Records.All, new Dictionary<string, IReadOnlyList<CallRecord>> { ["east"] = _east.Calls, ["west"] = _west.Calls });
    }

    public async Task<Exposition> ScrapeAsync() => Exposition.Of(await ManageAsync("/metrics"));

    public async Task<JsonElement> AskAsync(string path) => JsonElement.Parse(await ManageAsync(path));

    public async ValueTask DisposeAsync()
    {
        Caller.Dispose();
        await Gateway.DisposeAsync();
        await _east.DisposeAsync();
        await _west.DisposeAsync();
    }

    private async Task<string> ManageAsync(string path)
    {
        using HttpClient client = Rig.NewClient();
        return await client.GetStringAsync(new Uri(Gateway.Address(Rig.Urgent), path), Rig.Cancel);
    }
}
