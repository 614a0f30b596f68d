using System.Globalization;
using System.Net;
using System.Text.Json;
using Gateway.Tests.Support;
using UpstreamSimulator;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>Two gateways, in processes of their own, on one Redis. `make limits` lets it run through several windows.</summary>
[Collection(Alone.Name)]
public class SharedLimitTests
{
    private const int Limit = 200;
    private const int Workers = 4;
    private const int WarmUp = 20;
    private const int Runs = 5;

    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    /// <summary>How late a token may come back: one slot.</summary>
    private static readonly TimeSpan Late = Window / 256;

    private static readonly TimeSpan Length = TimeSpan.FromSeconds(int.Parse(
        Environment.GetEnvironmentVariable("GATEWAY_LIMIT_SECONDS") ?? "8", NumberStyles.None, CultureInfo.InvariantCulture));

    [Fact]
    [Trait("row", "R1")]
    [Trait("category", "limits")]
    public async Task TenTimesTheLimit_OverTwoProcesses_AdmitsExactlyTheLimitInEveryWindow()
    {
        // A gateway that finds Redis late, as on a machine that stands still for a moment, counts for itself: that is another test's matter.
        for (int run = 0; run < Runs; run++)
        {
            if (await RunAsync() is { } granted)
            {
                AssertExact(granted);
                return;
            }
        }

        Assert.Fail($"Redis was late in each of {Runs} runs: this machine is too busy to tell.");
    }

    private static void AssertExact(Grant[] granted)
    {
        Assert.Equal(Limit, granted.Count(static grant => grant.Came < Window));
        foreach ((TimeSpan sent, _) in granted)
        {
            Assert.InRange(granted.Count(grant => grant.Sent >= sent && grant.Came < sent + Window), 0, Limit);
        }

        int windows = 1 + (int)((Length - TimeSpan.FromSeconds(5)) / (Window + Late));
        Assert.InRange(granted.Length, Limit * windows, Limit * (windows + 1));
    }

    /// <summary>The grants, in the order of their asking; null when a gateway had to do without Redis.</summary>
    private static async Task<Grant[]?> RunAsync()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using SimulatorHost upstream = await SimulatorApp.StartAsync(new SimulatorOptions { Port = 0 });
        string configuration = $$"""
            { "endpoints": [{ "port": {port}, "priority": 1 }], "openai_api_url": "{{upstream.BaseAddress}}v1", "redis_url": "{{redis.Url}}", "cache": { "enabled": false }, "health": { "active": false },
              "client_api_keys": ["sk-shared", "sk-warm"], "rate_limit": { "nodes": 2, "requests_per_minute": {{Limit}}, "tokens_per_minute": null } }
            """;
        await using GatewayProcess one = await GatewayProcess.StartAsync(configuration);
        await using GatewayProcess two = await GatewayProcess.StartAsync(configuration);
        using HttpClient client = Rig.NewClient();
        client.DefaultRequestHeaders.Add("Authorization", "Bearer sk-shared");
        foreach (GatewayProcess gateway in (GatewayProcess[])[one, two])
        {
            await Eventually.TrueAsync(async () => (await HealthAsync(client, gateway)).GetProperty("redis_connected").GetBoolean());
            await WarmAsync(client, gateway);
        }

        double failures = await FailuresAsync(client, one, two);
        long started = TimeProvider.System.GetTimestamp();
        Grant[][] runs = await Task.WhenAll(
            Enumerable.Range(0, Workers).Select(worker => AskAsync(client, worker % 2 == 0 ? one.Address : two.Address, started)));
        Grant[] granted = [.. runs.SelectMany(static run => run).OrderBy(static grant => grant.Sent)];
        Assert.Equal(granted.Length + (2 * WarmUp), upstream.Requests.Count);
        return await FailuresAsync(client, one, two) == failures ? granted : null;
    }

    /// <summary>Asks as fast as ten times the limit, and more, and tells between which times each grant was given.</summary>
    private static async Task<Grant[]> AskAsync(HttpClient client, Uri gateway, long started)
    {
        var granted = new List<Grant>();
        TimeSpan sent;
        while ((sent = TimeProvider.System.GetElapsedTime(started)) < Length)
        {
            using HttpResponseMessage answer = await client.GetAsync(new Uri(gateway, "v1/models"), Rig.Cancel).Soon();
            Assert.True(answer.StatusCode is HttpStatusCode.OK or HttpStatusCode.TooManyRequests, answer.StatusCode.ToString());
            if (answer.StatusCode == HttpStatusCode.OK)
            {
                granted.Add(new Grant(sent, TimeProvider.System.GetElapsedTime(started)));
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Rig.Cancel);
        }

        return [.. granted];
    }

    /// <summary>A process that still compiles its own code may find Redis too slow, and then counts for itself.</summary>
    private static async Task WarmAsync(HttpClient client, GatewayProcess gateway)
    {
        for (int i = 0; i < WarmUp; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(gateway.Address, "v1/models"));
            request.Headers.Add("Authorization", "Bearer sk-warm");
            using HttpResponseMessage answer = await client.SendAsync(request, Rig.Cancel).Soon();
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }
    }

    private static async Task<double> FailuresAsync(HttpClient client, params GatewayProcess[] gateways)
    {
        double failures = 0;
        foreach (GatewayProcess gateway in gateways)
        {
            failures += Exposition.Of(await client.GetStringAsync(new Uri(gateway.Address, "metrics"), Rig.Cancel).Soon()).Value("gateway_redis_failures_total");
        }

        return failures;
    }

    private static async Task<JsonElement> HealthAsync(HttpClient client, GatewayProcess gateway)
    {
        using JsonDocument health = JsonDocument.Parse(await client.GetStringAsync(new Uri(gateway.Address, "health"), Rig.Cancel).Soon());
        return health.RootElement.Clone();
    }

    /// <summary>Given at some time between these two, since the start of the run.</summary>
    private readonly record struct Grant(TimeSpan Sent, TimeSpan Came);
}
