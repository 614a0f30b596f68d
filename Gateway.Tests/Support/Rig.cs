using System.Text;
using Gateway.Configuration;
using Gateway.Recording;
using Gateway.Requests;
using Gateway.Scheduling;
using Gateway.Upstreams;
using Microsoft.Extensions.DependencyInjection;
using UpstreamSimulator;
using Xunit;

namespace Gateway.Tests.Support;

/// <summary>A simulated upstream, a gateway with three tiers in front of it, and a client that hides nothing: for one test.</summary>
internal sealed class Rig : IAsyncDisposable
{
    public const int Urgent = 0;
    public const int Normal = 1;
    public const int Batch = 2;

    /// <summary>In each request: whom it asks.</summary>
    public static readonly HttpRequestOptionsKey<Rig> Asked = new("asked");

    private static readonly string[] Models = ["urgent", "normal", "batch"];

    private Rig(SimulatorHost upstream, GatewayHost gateway)
    {
        (Upstream, Gateway) = (upstream, gateway);
        Held = new HeldCalls(upstream);
        Client = NewClient();
    }

    public SimulatorHost Upstream { get; }

    public GatewayHost Gateway { get; }

    public HeldCalls Held { get; }

    public InstanceTable Instances => Gateway.Services.GetRequiredService<InstanceTable>();

    public HttpClient Client { get; }

    public static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>The guard of every await: far above what anything takes.</summary>
    public static TimeSpan Guard => SimulatorFixture.Guard;

    public static async Task<Rig> StartAsync(
        int slots = 1, Func<GatewayOptions, GatewayOptions>? configure = null, Action<IServiceCollection>? customise = null, bool isTerminal = false)
    {
        SimulatorHost upstream = await SimulatorApp.StartAsync(new SimulatorOptions { Port = 0 });
        GatewayOptions options = GatewayHost.ThreeTiers(upstream.BaseAddress, slots);
        return new Rig(upstream, await GatewayHost.StartAsync(configure?.Invoke(options) ?? options, customise, isTerminal));
    }

    /// <summary>Follows no redirect, keeps no cookie, decodes nothing, adds no header.</summary>
    public static HttpClient NewClient() => new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
        ActivityHeadersPropagator = null,
    })
    {
        Timeout = Guard,
    };

    public static StringContent Json(string json) => new(json, Encoding.UTF8, "application/json");

    public static string ChatBody(int tier, bool stream = false) =>
        $$"""{"model":"{{Models[tier]}}","messages":[{"role":"user","content":"hi"}]{{(stream ? ",\"stream\":true" : "")}}}""";

    /// <summary>A request to a tier's port. Headers are given as <c>name: value</c>.</summary>
    public HttpRequestMessage Request(int tier, HttpMethod method, string path, HttpContent? body = null, params string[] headers)
    {
        var request = new HttpRequestMessage(method, new Uri(Gateway.Address(tier), path)) { Content = body };
        foreach (string header in headers)
        {
            int colon = header.IndexOf(':', StringComparison.Ordinal);
            request.Headers.TryAddWithoutValidation(header[..colon], header[(colon + 1)..].Trim());
        }

        request.Options.Set(Asked, this);
        return request;
    }

    /// <summary>Completes with the answer's head.</summary>
    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken? leave = null) =>
        Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, leave ?? Cancel);

    /// <summary>A chat call whose nonce and knobs (<c>name=value</c>) tell the upstream what to do.</summary>
    public Task<HttpResponseMessage> ChatAsync(int tier, string nonce, bool stream = false, string[]? knobs = null, CancellationToken? leave = null)
    {
        Held.Expect(nonce);
        string[] headers = [$"x-sim-nonce: {nonce}", .. (knobs ?? []).Select(static knob => "x-sim-" + knob.Replace("=", ": ", StringComparison.Ordinal))];
        return SendAsync(Request(tier, HttpMethod.Post, "/v1/chat/completions", Json(ChatBody(tier, stream)), headers), leave);
    }

    /// <summary>A call whose first attempts never answer, so that only an interruption can end them; the one after does.</summary>
    public Task<HttpResponseMessage> StuckAsync(
        int tier, string nonce, bool stream = false, int times = 1, string[]? knobs = null, CancellationToken? leave = null) =>
        ChatAsync(tier, nonce, stream, ["fail=hang", $"fail-times={times}", .. knobs ?? []], leave);

    /// <summary>So many stuck calls, and the upstream works on all of them.</summary>
    public async Task<Task<HttpResponseMessage>[]> FillAsync(int tier, int slots, bool stream = false, string[]? knobs = null)
    {
        long before = Upstream.Stats.BillableStarts;
        Task<HttpResponseMessage>[] calls = [.. Enumerable.Range(0, slots).Select(i => StuckAsync(tier, $"stuck-{i}", stream, knobs: knobs))];
        await WaitUntil(stats => stats.BillableStarts == before + slots);
        return calls;
    }

    /// <summary>So many calls that wait at the upstream until they are released, which <see cref="Held"/> does.</summary>
    public async Task<Task<HttpResponseMessage>[]> HoldAsync(int tier, int count)
    {
        Task<HttpResponseMessage>[] calls = [.. Enumerable.Range(0, count).Select(i => ChatAsync(tier, $"held-{Models[tier]}-{i}"))];
        await WaitForLiveAsync(tier, count);
        return calls;
    }

    public Task WaitForLiveAsync(int tier, int count) =>
        WaitUntil(stats => stats.ByModel.TryGetValue(Models[tier], out ModelSnapshot? model) && model.Live == count);

    public Task WaitUntil(Func<StatsSnapshot, bool> condition) => Upstream.WaitUntil(condition, Guard);

    /// <summary>So many requests wait in the lanes.</summary>
    public Task<SchedulerSnapshot> WaitForDepthAsync(int waiting) => WaitForSchedulerAsync(state => state.Tiers.Sum(static tier => tier.Depth) == waiting);

    /// <summary>Looks after every step of the scheduler's loop that answers us, until the state is reached.</summary>
    public async Task<SchedulerSnapshot> WaitForSchedulerAsync(Func<SchedulerSnapshot, bool> condition)
    {
        using var guard = new CancellationTokenSource(Guard);
        while (true)
        {
            SchedulerSnapshot state = await Gateway.Scheduler.SnapshotAsync(withItems: true).WaitAsync(Guard, Cancel);
            if (condition(state))
            {
                return state;
            }

            if (guard.IsCancellationRequested)
            {
                throw new TimeoutException($"Not reached: {string.Join("; ", state.Tiers)} {string.Join("; ", state.Instances)}");
            }

            await Task.Yield();
        }
    }

    /// <summary>
    /// Every request has left its record, and nothing is left of them: no call upstream, no item, no slot, no body. Returns the records.
    /// </summary>
    public async Task<IReadOnlyList<AccessRecord>> AssertQuietAsync(int requests, int slots)
    {
        IReadOnlyList<AccessRecord> records = await Gateway.Records.WaitForAsync(requests);
        Assert.Equal(requests, records.Count);
        await WaitUntil(static stats => stats.Live == 0);
        await WaitForSchedulerAsync(static state =>
            state.Items.Count == 0
            && state.Tiers.All(static tier => tier is { Depth: 0, Sleeping: 0, Running: 0, QueuedBytes: 0 })
            && state.Instances.All(static instance => instance is { Running: 0, Ending: 0, Cooling: 0, Leaked: 0 }));
        Assert.Equal(0, Gateway.Services.GetRequiredService<SegmentPool>().Held);
        Assert.All(records, static record => Assert.Equal(Enumerable.Range(1, record.Attempts), record.Calls.Select(static call => call.Number)));

        // A health check is a call as well, and takes no slot.
        Assert.InRange(Upstream.Stats.MaxLive, 0, Gateway.Options.Current.Health.Active ? slots + 1 : slots);
        return records;
    }

    /// <summary>As above, and each upstream call that a provider would bill is an attempt that a record tells of.</summary>
    public async Task<IReadOnlyList<AccessRecord>> AssertQuietAndBilledAsync(int requests, int slots)
    {
        IReadOnlyList<AccessRecord> records = await AssertQuietAsync(requests, slots);
        Assert.Equal(records.Sum(static record => record.Attempts), Upstream.Stats.BillableStarts);
        return records;
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await Gateway.DisposeAsync();
        await Upstream.DisposeAsync();
    }
}
