using System.Globalization;
using System.Text;
using Gateway.Configuration;
using Gateway.RateLimiting;
using Gateway.Redis;
using Gateway.Requests;
using Gateway.Scheduling;
using Gateway.Tests.Support;
using Gateway.Upstreams;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using UpstreamSimulator;
using Xunit;
using PromptCount = Gateway.Tokenization.PromptTokens;

namespace Gateway.Tests.Windows;

/// <summary>A gateway whose instances have token windows, in front of an upstream that costs and says what the test wants.</summary>
internal sealed class WindowRig : IAsyncDisposable
{
    private readonly GatewayHost _gateway;
    private readonly HttpClient _client = Rig.NewClient();
    private readonly bool _ownsUpstream;

    private WindowRig(SimulatorHost upstream, HeldCalls held, GatewayHost gateway, bool ownsUpstream) =>
        (Upstream, Held, _gateway, _ownsUpstream) = (upstream, held, gateway, ownsUpstream);

    public SimulatorHost Upstream { get; }

    public HeldCalls Held { get; }

    public GatewayHost Gateway => _gateway;

    public TokenWindows Windows => _gateway.Services.GetRequiredService<TokenWindows>();

    public InstanceTable Instances => _gateway.Services.GetRequiredService<InstanceTable>();

    /// <param name="maxTpm">The window of each instance, which are called a, b, ... and have that order of priority.</param>
    /// <param name="configure">The rest of the configuration.</param>
    /// <param name="clock">Null for the real one.</param>
    /// <param name="redis">Null for windows in memory.</param>
    /// <param name="length">Of the windows.</param>
    /// <param name="beside">Another rig, whose upstream is shared.</param>
    public static async Task<WindowRig> StartAsync(
        int?[] maxTpm, Func<GatewayOptions, GatewayOptions>? configure = null, TimeProvider? clock = null, RedisServer? redis = null,
        TimeSpan? length = null, WindowRig? beside = null)
    {
        SimulatorHost upstream = beside?.Upstream ?? await SimulatorApp.StartAsync(new SimulatorOptions { Port = 0 });
        GatewayOptions options = GatewayHost.ThreeTiers(upstream.BaseAddress, 1) with
        {
            Instances = [.. maxTpm.Select((limit, i) => GatewayHost.Instance(upstream.BaseAddress, 100, $"{(char)('a' + i)}") with { MaxTpm = limit, Priority = i })],
            Routing = new RoutingOptions { Strategy = RoutingStrategy.Failover },
            RedisUrl = redis?.Url ?? "",
        };
        GatewayHost gateway = await GatewayHost.StartAsync(configure?.Invoke(options) ?? options, services =>
        {
            services.AddSingleton(clock ?? TimeProvider.System);
            RedisRig.NeverLate(services);
            services.AddSingleton(provider => new LimitStore(
                provider.GetRequiredService<RedisConnection>(), provider.GetRequiredService<OptionsSnapshot>(),
                provider.GetRequiredService<TimeProvider>(), length ?? LimitStore.Window));
        });
        if (beside is null)
        {
            upstream.Respond(AnswerAsync);
        }

        if (redis is not null)
        {
            await Eventually.TrueAsync(() => gateway.Services.GetRequiredService<RedisConnection>().IsAvailable);
        }

        var rig = new WindowRig(upstream, beside?.Held ?? new HeldCalls(upstream), gateway, ownsUpstream: beside is null);
        rig.PromptTokens = await rig.CountPromptAsync();
        return rig;
    }

    /// <summary>
    /// A call that books its prompt and <paramref name="most"/>. Headers (<c>name: value</c>) make the upstream say what it used
    /// (<c>x-used</c>), what is left (<c>x-left</c>) and until when (<c>x-reset</c>), or do anything that the simulator can.
    /// </summary>
    public async Task<HttpResponseMessage> ChatAsync(int tier, int most, params string[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(_gateway.Address(tier), "/v1/chat/completions"))
        {
            Content = Rig.Json(Body(most)),
        };
        foreach (string header in headers)
        {
            int colon = header.IndexOf(':', StringComparison.Ordinal);
            request.Headers.TryAddWithoutValidation(header[..colon], header[(colon + 1)..].Trim());
        }

        HttpResponseMessage answer = await _client.SendAsync(request, HttpCompletionOption.ResponseContentRead, Rig.Cancel);
        return answer;
    }

    /// <summary>A call that costs just what it books, so that nothing of it comes back.</summary>
    public Task<HttpResponseMessage> SpendAsync(int tier, int tokens, params string[] headers) =>
        ChatAsync(tier, tokens - PromptTokens, [$"x-used: {tokens}", .. headers]);

    /// <summary>Of the prompt of every call here, as the gateway itself counts it: how well it counts is not what is tested here.</summary>
    public int PromptTokens { get; private set; }

    /// <summary>A call that waits at the upstream until it is released by its name.</summary>
    public Task<HttpResponseMessage> HoldAsync(int tier, int most, string name, params string[] headers)
    {
        Held.Expect(name);
        return ChatAsync(tier, most, [$"x-sim-nonce: {name}", .. headers]);
    }

    public async Task<long> UsedAsync(int instance = 0) => Assert.NotNull(await Windows.UsedAsync(Instances.Find(instance)!));

    public async Task<SchedulerSnapshot> UntilAsync(Func<SchedulerSnapshot, bool> condition)
    {
        SchedulerSnapshot? state = null;
        await Eventually.TrueAsync(async () => condition(state = await _gateway.Scheduler.SnapshotAsync(withItems: true).Soon()));
        return state!;
    }

    /// <summary>So many wait in the lanes, and nobody asks for anything any more.</summary>
    public Task<SchedulerSnapshot> WaitingAsync(int count) =>
        UntilAsync(state => state.Tiers.Sum(static tier => tier.Depth) == count && state.Tiers.All(static tier => tier.Running == 0));

    /// <summary>Nothing is left of anybody: no call, no item, no slot.</summary>
    public async Task AssertQuietAsync()
    {
        await Upstream.WaitUntil(static stats => stats.Live == 0, Rig.Guard);
        await UntilAsync(static state => state.Items.Count == 0
            && state.Instances.All(static instance => instance is { Running: 0, Ending: 0, Cooling: 0, Leaked: 0 }));
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _gateway.DisposeAsync();
        if (_ownsUpstream)
        {
            await Upstream.DisposeAsync();
        }
    }

    private static string Body(int most) => $$"""{"model":"m","messages":[{"role":"user","content":"hi"}],"max_tokens":{{most}}}""";

    private async Task<int> CountPromptAsync()
    {
        byte[] bytes = Encoding.UTF8.GetBytes(Body(1));
        await using var body = new RequestBody(_gateway.Services.GetRequiredService<SegmentPool>());
        bytes.CopyTo(body.GetMemory(bytes.Length, long.MaxValue));
        body.Advance(bytes.Length);
        return (int)PromptCount.Of(new ApiRequest("/chat/completions", "", body, new RequestFacts { Model = "m" }));
    }

    private static async Task<bool> AnswerAsync(HttpContext context)
    {
        IHeaderDictionary asked = context.Request.Headers, told = context.Response.Headers;
        if (!asked.TryGetValue("x-used", out var used))
        {
            return false;
        }

        foreach ((string name, string header) in new[] { ("x-left", "x-ratelimit-remaining-tokens"), ("x-reset", "x-ratelimit-reset-tokens") })
        {
            if (asked.TryGetValue(name, out var value))
            {
                told[header] = value;
            }
        }

        long tokens = long.Parse(used.ToString(), CultureInfo.InvariantCulture);
        context.EndCall();
        await context.Response.WriteAsync($$$"""{"id":"c","object":"chat.completion","choices":[],"usage":{"prompt_tokens":{{{tokens}}},"completion_tokens":0}}""");
        return true;
    }
}
