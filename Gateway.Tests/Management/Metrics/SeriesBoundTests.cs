using System.Globalization;
using System.Text;
using Gateway.Errors;
using Gateway.Recording;
using Gateway.Recording.Metrics;
using Gateway.Requests;
using Gateway.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Gateway.Tests.Management.Metrics;

/// <summary>Whatever callers send, there are so many series and no more.</summary>
[Trait("row", "M1")]
public class SeriesBoundTests
{
    private const int Most = 2000;

    /// <summary>Through real sockets; the rest of the hundred thousand goes into the sink directly.</summary>
    private static readonly int Requests = int.Parse(Environment.GetEnvironmentVariable("GATEWAY_SERIES_REQUESTS") ?? "10000", CultureInfo.InvariantCulture);

    private static readonly string[] Words =
        ["v1", "chat", "completions", "models", "files", "threads", "runs", "admin", "instances", "stats", "metrics", "x", "..", "%2e", "é", "\"", "{id}", "v1/v1"];

    private static readonly string[] Methods = ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "PROPFIND", "BREW", "get"];

    [Fact]
    [Trait("category", "series")]
    public async Task Metrics_RandomRequestsOverSockets_StayUnderTheBound()
    {
        await using Rig rig = await Rig.StartAsync(8);
        Random random = Seeded();
        string[] headers = ["x-sim-status: 200", "x-sim-status: 404", "x-sim-status: 429", "x-sim-status: 599", "x-sim-status: 777"];

        await Parallel.ForEachAsync(Enumerable.Range(0, Requests).Select(_ => Build(rig, random, headers)).ToArray(), Rig.Cancel, async (request, _) =>
        {
            using (request)
            {
                await Record.ExceptionAsync(async () =>
                {
                    using HttpResponseMessage answer = await rig.SendAsync(request);
                });
            }
        });

        await AssertBoundAsync(rig, Requests / 2);
    }

    [Fact]
    public async Task Metrics_HundredThousandRandomRecords_StayUnderTheBoundAndAreAllCounted()
    {
        const int Records = 100_000;
        await using Rig rig = await Rig.StartAsync(8);
        RequestMeter meter = rig.Gateway.Services.GetRequiredService<RequestMeter>();
        Random random = Seeded();
        for (int i = 0; i < Records; i++)
        {
            meter.Write(Random(random));
        }

        await AssertBoundAsync(rig, Records);
    }

    [Fact]
    public async Task Metrics_StrangersOnEveryRoute_LeaveTheRoutesOfCallersTheirNames()
    {
        await using Rig rig = await Rig.StartAsync(8);
        RequestMeter meter = rig.Gateway.Services.GetRequiredService<RequestMeter>();
        Random random = Seeded();
        for (int i = 0; i < 20_000; i++)
        {
            AccessRecord stranger = Random(random);
            stranger.Outcome = Outcome.Unauthorized;
            stranger.Status = 401;
            stranger.Endpoint = $"/v1/{i}";
            meter.Write(stranger);
        }

        AccessRecord caller = Random(random);
        caller.Outcome = Outcome.Relayed;
        caller.Status = 200;
        caller.Endpoint = "/v1/embeddings";
        meter.Write(caller);

        Exposition metrics = await Exposition.ScrapeAsync(rig);
        Assert.Equal(1, metrics.Sum("gateway_requests_total", "endpoint=/v1/embeddings"));
        Assert.InRange(metrics.Sum("gateway_requests_total", "endpoint=other"), 19_000, 20_000);
    }

    private static async Task AssertBoundAsync(Rig rig, int requests)
    {
        Exposition metrics = await Exposition.ScrapeAsync(rig);
        TestContext.Current.TestOutputHelper!.WriteLine($"{metrics.Series} series, {metrics.Text.Length} bytes, {metrics.Sum("gateway_requests_total")} requests");
        Assert.InRange(metrics.Series, 100, Most);
        Assert.True(metrics.Sum("gateway_requests_total") >= requests);
        Assert.DoesNotContain("otel_metric_overflow", metrics.Text, StringComparison.Ordinal);
        Assert.InRange(metrics.Labels("model").Count, 1, ModelLabel.MaxModels + 2);
        Assert.Subset(Enumerable.Range(1, 3).Select(static tier => tier.ToString(CultureInfo.InvariantCulture)).ToHashSet(), metrics.Labels("tier").ToHashSet());
        await Promtool.AssertCleanAsync(metrics.Text);
    }

    private static HttpRequestMessage Build(Rig rig, Random random, string[] headers)
    {
        string method = Methods[random.Next(Methods.Length)];
        string path = random.Next(2) == 0 ? "/v1/chat/completions" : "/" + string.Join('/', random.GetItems(Words, random.Next(1, 6)));
        HttpContent? body = random.Next(4) == 0 ? null : Rig.Json($$"""{"model":{{System.Text.Json.JsonSerializer.Serialize(Text(random))}},"messages":[]}""");
        return rig.Request(
            random.Next(3), new HttpMethod(method), path, body, headers[random.Next(headers.Length)],
            $"Authorization: Bearer {random.Next()}", $"User-Agent: agent-{random.Next()}", $"X-Forwarded-For: 10.0.{random.Next(256)}.{random.Next(256)}");
    }

    private static AccessRecord Random(Random random)
    {
        string path = "/" + string.Join('/', random.GetItems(Words, random.Next(1, 6)));
        var outcome = (Outcome)random.Next(1, Enum.GetValues<Outcome>().Length);
        var record = new AccessRecord
        {
            RequestId = "id",
            StartedAt = DateTimeOffset.UnixEpoch,
            Started = 0,
            Listener = Text(random),
            Priority = random.Next(1, 4),
            Method = Methods[random.Next(Methods.Length)],
            Path = path,
            IsApi = random.Next(10) > 0,
            Endpoint = EndpointTemplate.Of(path.StartsWith("/v1/", StringComparison.Ordinal) ? path[3..] : path),
            Model = random.Next(5) == 0 ? null : Text(random),
            Caller = Text(random),
            IsStream = random.Next(2) == 0,
            Attempts = 1,
            Outcome = outcome,
            Status = ErrorCatalog.Of(outcome)?.Status ?? random.Next(100, 1000),
            Cache = (CacheState)random.Next(5),
            InputTokens = random.Next(100_000),
            OutputTokens = random.Next(100_000),
            FirstContent = TimeSpan.FromMilliseconds(random.Next(1000)),
            Duration = TimeSpan.FromMilliseconds(random.Next(100_000)),
            Wasted = TimeSpan.FromMilliseconds(random.Next(2)),
            PossibleDuplicates = random.Next(2),
        };
        for (int number = 1; number <= 2; number++)
        {
            record.Add(new AttemptRecord(
                number, "default", default, default, TimeSpan.FromMilliseconds(random.Next(1000)), (AttemptEnd)random.Next(4), (Outcome)random.Next(1, 20),
                random.Next(0, 1000), random.Next(3) == 0 ? random.Next(1, 4) : null));
        }

        return record;
    }

    private static string Text(Random random)
    {
        var text = new StringBuilder();
        for (int i = random.Next(1, 12); i > 0; i--)
        {
            text.Append(random.Next(4) == 0 ? (char)random.Next(1, 0xD7FF) : (char)random.Next('a', 'z'));
        }

        return text.ToString();
    }

    private static Random Seeded()
    {
        int seed = System.Random.Shared.Next();
        TestContext.Current.TestOutputHelper!.WriteLine($"seed {seed}");
        return new Random(seed);
    }
}
