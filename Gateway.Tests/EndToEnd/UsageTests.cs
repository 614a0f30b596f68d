using System.IO.Compression;
using System.Net;
using System.Text;
using Gateway.Configuration;
using Gateway.Recording;
using Gateway.Requests;
using Gateway.Tests.Support;
using Gateway.Tokenization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using UpstreamSimulator;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>What a request has cost, told by the upstream or counted, however it ended.</summary>
[Trait("row", "R2")]
public class UsageTests
{
    private const string Chat = "/v1/chat/completions";
    private const string Plain = """{"id":"c","choices":[{"index":0,"message":{"role":"assistant","content":"the sun set far off"},"finish_reason":"stop"}]""";

    [Theory]
    [InlineData(1)]
    [InlineData(16)]
    [InlineData(100)]
    public async Task Stream_TellsNoUsage_IsCountedAsTheUpstreamWould(int tokens)
    {
        await using Rig rig = await Rig.StartAsync();

        using HttpResponseMessage answer = await rig.ChatAsync(Rig.Urgent, "n", stream: true, knobs: [$"tokens={tokens}"]).Soon();
        await answer.TextAsync();

        AccessRecord record = Assert.Single(await rig.AssertQuietAndBilledAsync(1, 1));
        Assert.Equal((Prompt(Rig.ChatBody(Rig.Urgent, stream: true)), (long?)tokens), (record.InputTokens, record.OutputTokens));
        Assert.Equal((true, false), (record.IsUsageCounted, record.IsUsagePartial));
    }

    [Theory]
    [InlineData(Rig.Urgent, false)]
    [InlineData(Rig.Urgent, true)]
    [InlineData(Rig.Batch, true)]
    [Trait("row", "U9")]
    public async Task CallerLeaves_BeforeTheHead_ThePromptCounts(int tier, bool reset)
    {
        await using Rig rig = await Rig.StartAsync();
        RawConnection client = await PostAsync(rig, tier, "x-sim-fail: hang\r\n", stream: false);
        await rig.WaitUntil(static stats => stats.BillableStarts == 1);

        Leave(client, reset);

        AccessRecord record = Assert.Single(await rig.AssertQuietAndBilledAsync(1, 1));
        Assert.Equal((Outcome.CallerGone, Prompt(Rig.ChatBody(tier)), 0L), (record.Outcome, record.InputTokens, record.OutputTokens));
        Assert.Equal((true, true), (record.IsUsageCounted, record.IsUsagePartial));
    }

    [Theory]
    [InlineData(Rig.Urgent, false, false)]
    [InlineData(Rig.Urgent, true, true)]
    [InlineData(Rig.Batch, true, false)]
    [Trait("row", "U9")]
    public async Task CallerLeaves_MidStream_WhatPassedCounts(int tier, bool reset, bool limited)
    {
        await using Rig rig = await Rig.StartAsync(1, limited ? Limited : null);
        RawConnection client = await PostAsync(rig, tier, "x-sim-tokens: 100000\r\nx-sim-tps: 100\r\n", stream: true);
        await client.ReadUntilAsync("\"content\":\" fox\"", Rig.Cancel).Soon();

        Leave(client, reset);

        AccessRecord record = Assert.Single(await rig.AssertQuietAndBilledAsync(1, 1));
        Assert.Equal((Outcome.CallerGone, Prompt(Rig.ChatBody(tier, stream: true))), (record.Outcome, record.InputTokens));
        Assert.InRange(record.OutputTokens!.Value, 9, rig.Upstream.Calls.Single().TokensOut);
        Assert.Equal((true, true), (record.IsUsageCounted, record.IsUsagePartial));
    }

    [Fact]
    [Trait("row", "U9")]
    public async Task CallerLeaves_WhileQueued_NothingCounts()
    {
        await using Rig rig = await Rig.StartAsync();
        Task<HttpResponseMessage>[] running = await rig.HoldAsync(Rig.Normal, 1);
        RawConnection client = await PostAsync(rig, Rig.Batch, "", stream: false);
        await rig.WaitForDepthAsync(1);

        Leave(client, reset: true);
        await rig.WaitForDepthAsync(0);

        rig.Held.ReleaseAll();
        await Task.WhenAll(running).Soon();
        AccessRecord record = Assert.Single(await rig.AssertQuietAndBilledAsync(2, 1), static record => record.Outcome == Outcome.CallerGone);
        Assert.Equal((null, null), (record.InputTokens, record.OutputTokens));
    }

    [Fact]
    [Trait("row", "U9")]
    public async Task CallerLeaves_HavingReadTheLastEvent_HasItAll()
    {
        // Codex reads response.completed and hangs up.
        await using Rig rig = await Rig.StartAsync();
        rig.Upstream.Respond(static async context =>
        {
            context.Response.ContentType = "text/event-stream";
            await context.Response.WriteAsync("event: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\",\"delta\":\"the sun\"}\n\n");
            await context.Response.WriteAsync(
                "event: response.completed\ndata: {\"type\":\"response.completed\",\"response\":{\"usage\":{\"input_tokens\":5,\"output_tokens\":2}}}\n\n");
            await context.Response.Body.FlushAsync();
            await new TaskCompletionSource().Task.WaitAsync(context.RequestAborted);
            return true;
        });
        RawConnection client = await RawConnection.OpenAsync(rig.Gateway.Address(Rig.Urgent), Rig.Cancel);
        await client.PostAsync("/v1/responses", """{"model":"urgent","input":"hi","stream":true}""", "", Rig.Cancel);
        await client.ReadUntilAsync("\"output_tokens\":2", Rig.Cancel).Soon();

        Leave(client, reset: false);

        AccessRecord record = Assert.Single(await rig.AssertQuietAsync(1, 1));
        Assert.Equal((5, 2, false, false), (record.InputTokens, record.OutputTokens, record.IsUsageCounted, record.IsUsagePartial));
    }

    [Theory]
    [InlineData("reset-after=6")]
    [InlineData("no-finish=1")]
    public async Task Upstream_CutsTheStream_WhatPassedCounts(string fault)
    {
        await using Rig rig = await Rig.StartAsync(1, Limited);

        using HttpResponseMessage answer = await rig.ChatAsync(Rig.Urgent, "n", stream: true, knobs: [fault.StartsWith("no", StringComparison.Ordinal) ? "fail=no-finish" : "fail=reset-after:6", "tps=1000"]).Soon();
        await Assert.ThrowsAnyAsync<Exception>(() => answer.TextAsync());

        AccessRecord record = Assert.Single(await rig.AssertQuietAndBilledAsync(1, 1));
        Assert.Equal(Prompt(Rig.ChatBody(Rig.Urgent, stream: true)), record.InputTokens);
        Assert.InRange(record.OutputTokens!.Value, 1, 16);
        Assert.Equal((Outcome.UpstreamCut, true, true), (record.Outcome, record.IsUsageCounted, record.IsUsagePartial));
    }

    [Theory]
    [InlineData("fail=reset-before-headers")]
    [InlineData("status=500")]
    [InlineData("status=429")]
    [InlineData("status=404")]
    public async Task Upstream_DeliversNothing_NothingCounts(string knob)
    {
        await using Rig rig = await Rig.StartAsync(1, Limited);

        using HttpResponseMessage answer = await rig.ChatAsync(Rig.Urgent, "n", knobs: [knob]).Soon();

        AccessRecord record = Assert.Single(await rig.AssertQuietAsync(1, 1));
        Assert.Equal((null, null, false, false), (record.InputTokens, record.OutputTokens, record.IsUsageCounted, record.IsUsagePartial));
    }

    [Theory]
    [InlineData(Plain + "}", false, 5)]
    [InlineData(Plain + "}", true, 5)]
    [InlineData(Plain + ""","usage":{"prompt_tokens":7,"completion_tokens":9}}""", false, 9)]
    [InlineData("{}", false, 0)]
    [InlineData("<html>", false, 0)]
    public async Task PlainAnswer_WithAndWithoutUsage_Counts(string body, bool limited, long tokens)
    {
        await using Rig rig = await Rig.StartAsync(1, limited ? Limited : null);
        Script(rig, Encoding.UTF8.GetBytes(body));

        using HttpResponseMessage answer = await rig.ChatAsync(Rig.Urgent, "n").Soon();

        Assert.Equal(body, await answer.TextAsync());
        AccessRecord record = Assert.Single(await rig.AssertQuietAsync(1, 1));
        bool told = body.Contains("usage", StringComparison.Ordinal);
        Assert.Equal((told ? 7 : Prompt(Rig.ChatBody(Rig.Urgent)), tokens), (record.InputTokens, record.OutputTokens));
        Assert.Equal((!told, false), (record.IsUsageCounted, record.IsUsagePartial));
    }

    [Theory]
    [InlineData(""","usage":{"prompt_tokens":7,"completion_tokens":9}}""", 9, false)]
    [InlineData("}", 5, true)]
    public async Task CompressedAnswer_LimitOnTokens_IsReadAndPassesAsItCame(string end, long tokens, bool isCounted)
    {
        using var zipped = new MemoryStream();
        await using (var zip = new GZipStream(zipped, CompressionLevel.Optimal, leaveOpen: true))
        {
            await zip.WriteAsync(Encoding.UTF8.GetBytes(Plain + end), Rig.Cancel);
        }

        await using Rig rig = await Rig.StartAsync(1, Limited);
        Script(rig, zipped.ToArray(), "gzip");

        using HttpResponseMessage answer = await rig.SendAsync(rig.Request(
            Rig.Urgent, HttpMethod.Post, Chat, Rig.Json(Rig.ChatBody(Rig.Urgent)), "Accept-Encoding: gzip")).Soon();

        Assert.Equal(zipped.ToArray(), await answer.BytesAsync());
        AccessRecord record = Assert.Single(await rig.AssertQuietAsync(1, 1));
        Assert.Equal((tokens, isCounted), (record.OutputTokens, record.IsUsageCounted));
    }

    [Fact]
    public async Task PlainResponse_MuchMetadataBehindItsUsage_CountsWhatItTells()
    {
        string metadata = string.Join(',', Enumerable.Range(0, 16).Select(static i => $"\"{i:d64}\":\"{new string('x', 512)}\""));
        await using Rig rig = await Rig.StartAsync();
        Script(rig, Encoding.UTF8.GetBytes($$$"""{"output":[],"usage":{"input_tokens":7,"output_tokens":9},"user":"u","metadata":{{{{metadata}}}}}"""));

        using HttpResponseMessage answer = await rig.SendAsync(rig.Request(
            Rig.Urgent, HttpMethod.Post, "/v1/responses", Rig.Json("""{"model":"urgent","input":"hi"}"""))).Soon();
        await answer.TextAsync();

        AccessRecord record = Assert.Single(await rig.AssertQuietAsync(1, 1));
        Assert.Equal((7, 9, false), (record.InputTokens, record.OutputTokens, record.IsUsageCounted));
    }

    [Fact]
    public async Task LongPlainAnswer_WithoutUsage_IsCountedByItsTextOrElseByItsSize()
    {
        string text = string.Concat(Enumerable.Repeat("the sun set far off and ", 200));
        byte[] body = Encoding.UTF8.GetBytes($$$"""{"choices":[{"message":{"content":"{{{text}}}"}}]}""");
        foreach (bool limited in (bool[])[true, false])
        {
            await using Rig rig = await Rig.StartAsync(1, limited ? Limited : null);
            Script(rig, body);

            using HttpResponseMessage answer = await rig.ChatAsync(Rig.Urgent, "n").Soon();
            await answer.TextAsync();

            AccessRecord record = Assert.Single(await rig.AssertQuietAsync(1, 1));
            Assert.Equal(limited ? Count(rig, text) : body.Length / 4, record.OutputTokens);
        }
    }

    [Fact]
    public async Task OtherOperations_WithoutUsage_CostNothing()
    {
        await using Rig rig = await Rig.StartAsync(1, Limited);

        using HttpResponseMessage models = await rig.SendAsync(rig.Request(Rig.Urgent, HttpMethod.Get, "/v1/models")).Soon();
        using HttpResponseMessage vectors = await rig.SendAsync(rig.Request(
            Rig.Urgent, HttpMethod.Post, "/v1/embeddings", Rig.Json("""{"model":"e","input":"one two"}"""))).Soon();

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (models.StatusCode, vectors.StatusCode));
        IReadOnlyList<AccessRecord> records = await rig.AssertQuietAsync(2, 1);
        Assert.Equal((null, null), (records[0].InputTokens, records[0].OutputTokens));
        Assert.Equal((2, null, false), (records[1].InputTokens, records[1].OutputTokens, records[1].IsUsageCounted));
    }

    private static GatewayOptions Limited(GatewayOptions options) =>
        options with { RateLimit = new RateLimitOptions { RequestsPerMinute = null, TokensPerMinute = 1_000_000 } };

    private static void Script(Rig rig, byte[] body, string? encoding = null) => rig.Upstream.Respond(async context =>
    {
        context.Response.ContentType = "application/json";
        context.Response.Headers.ContentEncoding = encoding;
        await context.Response.Body.WriteAsync(body);
        return true;
    });

    private static long Count(Rig rig, string text) =>
        rig.Gateway.Services.GetRequiredService<TokenEstimator>().CountText(null, Encoding.UTF8.GetBytes(text));

    /// <summary>What a limit would count for the same body.</summary>
    private static long? Prompt(string body) => Prompts.Of("/chat/completions", body);

    private static async Task<RawConnection> PostAsync(Rig rig, int tier, string knobs, bool stream)
    {
        RawConnection client = await RawConnection.OpenAsync(rig.Gateway.Address(tier), Rig.Cancel);
        await client.PostAsync(Chat, Rig.ChatBody(tier, stream), knobs, Rig.Cancel);
        return client;
    }

    private static void Leave(RawConnection client, bool reset)
    {
        if (reset)
        {
            client.Reset();
        }
        else
        {
            client.Dispose();
        }
    }
}
