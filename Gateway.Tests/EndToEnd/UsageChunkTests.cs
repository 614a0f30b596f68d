using System.Net;
using System.Text;
using System.Text.Json;
using Gateway.Configuration;
using Gateway.Recording;
using Gateway.Tests.Support;
using UpstreamSimulator;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>A stream's usage, asked for by the gateway: the upstream is asked in one place of the body, the caller sees nothing of it (wire convention 21).</summary>
[Trait("req", "M2")]
public class UsageChunkTests
{
    private const string Chat = "/v1/chat/completions";
    private const string Asked = """{"include_usage":true}""";
    private const string Content = """data: {"choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":null}],"usage":null}""";
    private const string Finish = """data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":null}""";
    private const string Usage = """data: {"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":4}}""";
    private const string Filters = """data: {"choices":[],"prompt_filter_results":[{"prompt_index":0}],"usage":null}""";
    private const string Done = "data: [DONE]";

    public static TheoryData<string, int, int> Cases()
    {
        var data = new TheoryData<string, int, int>();
        foreach (string end in (string[])["\n", "\r\n", "\r"])
        {
            foreach (int piece in (int[])[int.MaxValue, 1, 7, 50])
            {
                data.Add(end, piece, Rig.Urgent);
                data.Add(end, piece, Rig.Batch);
            }
        }

        return data;
    }

    [Theory]
    [InlineData(Chat, """{"model":"m","messages":[ ],"stream":true , "x":1.0}""", """{"model":"m","messages":[ ],"stream":true,"stream_options":{"include_usage":true} , "x":1.0}""")]
    [InlineData("/v1/completions", """{"stream":true,"model":"m","prompt":"hi","stream_options":{"include_usage":false}}""", """{"stream":true,"model":"m","prompt":"hi","stream_options":{"include_usage":true}}""")]
    public async Task Stream_NeedsUsage_IsAskedForAndHidden(string path, string body, string sent)
    {
        await using Rig rig = await StartAsync();

        using HttpResponseMessage answer = await rig.SendAsync(rig.Request(Rig.Urgent, HttpMethod.Post, path, Rig.Json(body))).Soon();
        string[] events = await answer.EventsAsync();

        Assert.Equal(sent, Encoding.UTF8.GetString(Assert.Single(rig.Upstream.Requests).Body));
        Assert.Equal("[DONE]", events[^1]);
        Assert.All(events[..^1], static item => Assert.NotEmpty(JsonElement.Parse(item).GetProperty("choices").EnumerateArray()));
        AccessRecord record = Assert.Single(await rig.AssertQuietAndBilledAsync(1, 1));
        Assert.Equal((16, false, false), (record.OutputTokens, record.IsUsageCounted, record.IsUsagePartial));
        Assert.NotNull(record.InputTokens);
    }

    [Theory]
    [InlineData(Chat, """{"model":"m","messages":[],"stream":true, "stream_options":{"x":1,"include_usage":true}}""", true, true)]
    [InlineData(Chat, """{"model":"m","messages":[],"stream":true}""", false, false)]
    [InlineData(Chat, """{"model":"m","messages":[],"stream":false}""", true, true)]
    [InlineData("/v1/responses", """{"model":"m","input":"hi","stream":true}""", true, true)]
    public async Task Body_NothingToAskOrNobodyNeedsIt_PassesByteForByte(string path, string body, bool isLimited, bool hasUsage)
    {
        await using Rig rig = await (isLimited ? StartAsync() : Rig.StartAsync());

        using HttpResponseMessage answer = await rig.SendAsync(rig.Request(Rig.Urgent, HttpMethod.Post, path, Rig.Json(body))).Soon();
        string text = await answer.TextAsync();

        Assert.Equal(body, Encoding.UTF8.GetString(Assert.Single(rig.Upstream.Requests).Body));
        Assert.Equal(hasUsage, text.Contains("\"usage\":{", StringComparison.Ordinal));
        AccessRecord record = Assert.Single(await rig.AssertQuietAndBilledAsync(1, 1));
        Assert.Equal((16, path == Chat && !isLimited), (record.OutputTokens, record.IsUsageCounted));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Stream_AnyBordersAndLineEnds_LosesThatEventAlone(string end, int piece, int tier)
    {
        string gap = end + end;
        byte[] bytes = Encoding.UTF8.GetBytes($"{Filters}{gap}: c{gap}{Content}{gap}{Finish}{gap}{Usage}{gap}{Done}{gap}");
        await using Rig rig = await StartAsync();
        rig.Upstream.Respond(async context =>
        {
            context.Response.ContentType = "text/event-stream";
            for (int at = 0; at < bytes.Length; at += Math.Min(piece, bytes.Length - at))
            {
                await context.Response.Body.WriteAsync(bytes.AsMemory(at, Math.Min(piece, bytes.Length - at)));
                await context.Response.Body.FlushAsync();
            }

            return true;
        });

        using HttpResponseMessage answer = await rig.SendAsync(rig.Request(tier, HttpMethod.Post, Chat, Rig.Json(Rig.ChatBody(tier, stream: true)))).Soon();

        Assert.Equal($"{Filters}{gap}: c{gap}{Content}{gap}{Finish}{gap}{Done}{gap}", await answer.TextAsync());
        AccessRecord record = Assert.Single(await rig.AssertQuietAsync(1, 1));
        Assert.Equal((3, 4, false), (record.InputTokens, record.OutputTokens, record.IsUsageCounted));
        Assert.Equal(bytes.Length - Usage.Length - gap.Length, record.ResponseBytes);
    }

    [Fact]
    public async Task Stream_EndsWithTheUsageWithoutABlankLine_LosesIt()
    {
        await using Rig rig = await StartAsync();
        Script(rig, $"{Content}\n\n{Finish}\n\n{Usage}");

        using HttpResponseMessage answer = await rig.ChatAsync(Rig.Urgent, "n", stream: true).Soon();

        Assert.Equal($"{Content}\n\n{Finish}\n\n", await answer.TextAsync());
        Assert.Equal(4, Assert.Single(await rig.AssertQuietAsync(1, 1)).OutputTokens);
    }

    [Fact]
    public async Task Stream_CallerAsked_SeesEveryByte()
    {
        string all = $"{Filters}\n\n{Content}\n\n{Finish}\n\n{Usage}\n\n{Done}\n\n";
        await using Rig rig = await StartAsync();
        Script(rig, all);
        string body = Rig.ChatBody(Rig.Urgent, stream: true)[..^1] + $",\"stream_options\":{Asked}}}";

        using HttpResponseMessage answer = await rig.SendAsync(rig.Request(Rig.Urgent, HttpMethod.Post, Chat, Rig.Json(body))).Soon();

        Assert.Equal(all, await answer.TextAsync());
        await rig.AssertQuietAsync(1, 1);
    }

    [Fact]
    [Trait("req", "A4")]
    public async Task Stream_OnAzure_KeepsItsFirstEventAndTheModelsName()
    {
        await using Rig rig = await StartAsync(static options => options with { Instances = [AzureTests.Azure(options.Instances[0]) with { ApiVersion = "2024-10-21" }] });

        using HttpResponseMessage answer = await rig.SendAsync(rig.Request(
            Rig.Urgent, HttpMethod.Post, Chat, Rig.Json("""{"stream":true, "model":"gpt-4","messages":[]}"""))).Soon();
        JsonElement[] events = [.. (await answer.EventsAsync())[..^1].Select(static item => JsonElement.Parse(item))];

        Assert.Equal("""{"stream":true,"stream_options":{"include_usage":true},"messages":[]}""", Encoding.UTF8.GetString(Assert.Single(rig.Upstream.Requests).Body));
        Assert.True(events[0].TryGetProperty("prompt_filter_results", out _));
        Assert.All(events[1..], static item => Assert.Equal((1, "gpt-4"), (item.GetProperty("choices").GetArrayLength(), item.GetProperty("model").GetString())));
        Assert.Equal((16, false), (Assert.Single(await rig.AssertQuietAndBilledAsync(1, 1)) is var record ? record.OutputTokens : null, record.IsUsageCounted));
    }

    /// <summary>Azure knows the option in dated versions since 2024-09-01, and not beside the sources of a search.</summary>
    [Theory]
    [InlineData("2024-05-01-preview", "", false)]
    [InlineData("2024-08-01-preview", "", false)]
    [InlineData("2024-09-01-preview", "", true)]
    [InlineData("2025-01-01", "", true)]
    [InlineData("v1", "", true)]
    [InlineData("preview", "", true)]
    [InlineData("v1", ""","data_sources":[{"type":"azure_search"}]""", false)]
    [Trait("req", "A4")]
    public async Task Stream_OnAzure_IsAskedWhereTheVersionTakesIt(string version, string members, bool isAsked)
    {
        await using Rig rig = await StartAsync(options => options with { Instances = [AzureTests.Azure(options.Instances[0]) with { ApiVersion = version }] });

        using HttpResponseMessage answer = await rig.SendAsync(rig.Request(
            Rig.Urgent, HttpMethod.Post, Chat, Rig.Json($$"""{"stream":true,"model":"gpt-4","messages":[]{{members}}}"""))).Soon();
        await answer.TextAsync();

        Assert.Equal(isAsked, Encoding.UTF8.GetString(Assert.Single(rig.Upstream.Requests).Body).Contains("stream_options", StringComparison.Ordinal));
        AccessRecord record = Assert.Single(await rig.AssertQuietAndBilledAsync(1, 1));
        Assert.Equal((16, !isAsked), (record.OutputTokens, record.IsUsageCounted));
    }

    [Theory]
    [InlineData("stream_options")]
    [InlineData("stream")]
    public async Task Stream_UpstreamTakesNoSuchOption_IsNotAskedAndCounted(string removed)
    {
        await using Rig rig = await StartAsync(options => options with { Instances = [options.Instances[0] with { RemoveParameters = [removed] }] });

        using HttpResponseMessage answer = await rig.ChatAsync(Rig.Urgent, "n", stream: true).Soon();
        await answer.TextAsync();

        Assert.DoesNotContain("include_usage", Encoding.UTF8.GetString(Assert.Single(rig.Upstream.Requests).Body), StringComparison.Ordinal);
        AccessRecord record = Assert.Single(await rig.AssertQuietAndBilledAsync(1, 1));
        Assert.Equal((16, removed == "stream_options"), (record.OutputTokens, record.IsUsageCounted));
    }

    [Fact]
    [Trait("req", "P5")]
    [Trait("row", "R2")]
    public async Task Stream_Preempted_AsksAgainAndOnlyTheLastAttemptCounts()
    {
        await using Rig rig = await StartAsync();
        Task<HttpResponseMessage> batch = rig.StuckAsync(Rig.Batch, "batch", stream: true, knobs: ["early-head=1"]);
        await rig.WaitUntil(static stats => stats.BillableStarts == 1);

        using HttpResponseMessage urgent = await rig.ChatAsync(Rig.Urgent, "urgent", stream: true).Soon();
        await urgent.TextAsync();
        using HttpResponseMessage answer = await batch.Soon();
        string text = await answer.TextAsync();

        Assert.DoesNotContain("\"usage\":{", text, StringComparison.Ordinal);
        string[] sent = [.. rig.Upstream.Requests.Where(static request => request.Header("x-sim-nonce").Contains("batch")).Select(static request => Encoding.UTF8.GetString(request.Body))];
        Assert.Equal(2, sent.Length);
        Assert.Equal(sent[0], sent[1]);
        Assert.EndsWith(",\"stream_options\":" + Asked + "}", sent[0], StringComparison.Ordinal);
        AccessRecord record = Assert.Single(await rig.AssertQuietAndBilledAsync(2, 1), static record => record.Preemptions == 1);
        Assert.Equal((16, false, false), (record.OutputTokens, record.IsUsageCounted, record.IsUsagePartial));
    }

    [Fact]
    public async Task Stream_Refused_IsNoStreamAndPassesAsItCame()
    {
        await using Rig rig = await StartAsync();

        using HttpResponseMessage answer = await rig.ChatAsync(Rig.Urgent, "n", stream: true, knobs: ["status=400"]).Soon();

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        AccessRecord record = Assert.Single(await rig.AssertQuietAsync(1, 1));
        Assert.Equal((null, null, false), (record.InputTokens, record.OutputTokens, record.IsUsagePartial));
    }

    private static void Script(Rig rig, string events) => rig.Upstream.Respond(async context =>
    {
        context.Response.ContentType = "text/event-stream";
        await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(events));
        return true;
    });

    private static Task<Rig> StartAsync(Func<GatewayOptions, GatewayOptions>? configure = null) => Rig.StartAsync(1, options =>
        (configure?.Invoke(options) ?? options) with { RateLimit = new RateLimitOptions { RequestsPerMinute = null, TokensPerMinute = 1_000_000 } });
}
