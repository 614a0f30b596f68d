using System.Net;
using System.Text;
using Gateway.Configuration;
using Gateway.Recording;
using Gateway.Requests;
using Gateway.Tests.Support;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>What is answered from the cache, and what it looks like.</summary>
[Trait("req", "M3")]
[Trait("req", "C4")]
public class CachingTests
{
    [Fact]
    public async Task Embeddings_AskedAgain_ComeFromTheCacheByteForByte()
    {
        await using Rig rig = await Rig.StartAsync(configure: CacheCalls.On);
        using HttpResponseMessage first = await rig.EmbedAsync("a").Soon();
        byte[] original = await first.BytesAsync();

        using HttpResponseMessage again = await rig.EmbedAsync("a", "x-request-id: mine").Soon();

        Assert.Equal(original, await again.BytesAsync());
        Assert.Equal(("MISS", "HIT"), (first.Header("X-Cache"), again.Header("X-Cache")));
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
        Assert.Equal(first.Content.Headers.ContentType, again.Content.Headers.ContentType);
        Assert.Equal(original.Length, again.Content.Headers.ContentLength);
        Assert.Equal("mine", again.Header("x-request-id"));
        Assert.Equal("openai-proxy", again.Header("X-Proxy"));
        Assert.Matches("^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}Z$", again.Header("X-Cache-Timestamp"));
        Assert.Equal("", first.Header("X-Cache-Timestamp"));
        Assert.Equal(first.Header("X-Cache-Key"), again.Header("X-Cache-Key"));
        Assert.Equal("0", again.Header("x-gateway-attempts"));
        Assert.Single(rig.Upstream.Calls);
        IReadOnlyList<AccessRecord> records = await rig.AssertQuietAsync(2, slots: 1);
        Assert.Equal([CacheState.Miss, CacheState.Hit], records.Select(static record => record.Cache));
        await rig.AssertNoFlightsAsync();
    }

    [Theory]
    [InlineData("""{"model":"m","temperature":0,"seed":1,"messages":[]}""", true)]
    [InlineData("""{"model":"m","temperature":0.0,"seed":1,"messages":[],"stream":true}""", true)]
    [InlineData("""{"model":"m","temperature":0,"messages":[]}""", false)]
    [InlineData("""{"model":"m","temperature":0,"seed":null,"messages":[]}""", false)]
    [InlineData("""{"model":"m","seed":1,"messages":[]}""", false)]
    [InlineData("""{"model":"m","temperature":0.1,"seed":1,"messages":[]}""", false)]
    public async Task Chat_Deterministic_IsKeptAndNothingElse(string body, bool isKept)
    {
        await using Rig rig = await Rig.StartAsync(configure: CacheCalls.On);

        byte[] first = await Chat(rig, body).ReadAsync(isKept ? "MISS" : "BYPASS");
        byte[] second = await Chat(rig, body).ReadAsync(isKept ? "HIT" : "BYPASS");

        Assert.Equal(isKept ? 1 : 2, rig.Upstream.Calls.Count);
        Assert.True(!isKept || first.AsSpan().SequenceEqual(second));
    }

    [Theory]
    [InlineData("GET", "/v1/models", false, true)]
    [InlineData("GET", "/v1/files", false, false)]
    [InlineData("GET", "/v1/files", true, true)]
    [InlineData("POST", "/v1/responses", true, false)]
    [InlineData("POST", "/v1/moderations", true, false)]
    [InlineData("HEAD", "/v1/models", true, false)]
    [InlineData("POST", "/v1/chat/completions", true, true)]
    [Trait("req", "C3")]
    public async Task Endpoint_UnderAPolicy_IsKeptAsItSays(string method, string path, bool isAggressive, bool isKept)
    {
        await using Rig rig = await Rig.StartAsync(configure: options => options with
        {
            Cache = new CacheOptions { Policy = isAggressive ? CachePolicy.Aggressive : CachePolicy.Deterministic },
        });

        await Send().ReadAsync(isKept ? "MISS" : "BYPASS");
        await Send().ReadAsync(isKept ? "HIT" : "BYPASS");

        Assert.Equal(isKept ? 1 : 2, rig.Upstream.Calls.Count);

        Task<HttpResponseMessage> Send() => rig.SendAsync(rig.Request(
            Rig.Urgent, new HttpMethod(method), path, method == "POST" ? Rig.Json("""{"model":"m","input":"hi","messages":[]}""") : null));
    }

    [Fact]
    [Trait("req", "C8")]
    [Trait("row", "T4")]
    public async Task Stream_AskedAgain_ReplaysItsEvents()
    {
        await using Rig rig = await Rig.StartAsync(configure: CacheCalls.On);
        byte[] original = await rig.CachedChatAsync("s", stream: true).ReadAsync("MISS");

        using HttpResponseMessage again = await rig.CachedChatAsync("s", stream: true).Soon();

        Assert.Null(again.Content.Headers.ContentLength);
        Assert.Equal(original, await again.BytesAsync());
        Assert.Equal("text/event-stream", again.Content.Headers.ContentType?.MediaType);
        Assert.Equal("data: [DONE]", Encoding.UTF8.GetString(original).TrimEnd().Split('\n')[^1]);
        Assert.Single(rig.Upstream.Calls);
    }

    [Theory]
    [InlineData("no-cache", "BYPASS", "HIT", 2)]
    [InlineData("no-store", "BYPASS", "HIT", 2)]
    [InlineData("max-age=3600", "HIT", "HIT", 1)]
    public async Task CacheControl_OfTheCaller_IsHonoured(string directive, string told, string after, int calls)
    {
        await using Rig rig = await Rig.StartAsync(configure: CacheCalls.On);
        await rig.EmbedAsync("a").ReadAsync("MISS");

        await rig.EmbedAsync("a", $"Cache-Control: max-stale, {directive}").ReadAsync(told);
        await rig.EmbedAsync("a").ReadAsync(after);

        Assert.Equal(calls, rig.Upstream.Calls.Count);
    }

    [Fact]
    public async Task NoCache_FreshAnswer_TakesTheKeptOnesPlaceAndNoStoreLeavesIt()
    {
        await using Rig rig = await Rig.StartAsync(configure: CacheCalls.On);
        int calls = 0;
        rig.Upstream.Respond(context => AnswerAsync(context, $$"""{"data":[{"n":{{Interlocked.Increment(ref calls)}}}]}"""));

        Assert.Equal(1, Number(await rig.EmbedAsync("a", "Cache-Control: no-store").ReadAsync("BYPASS")));
        Assert.Equal(2, Number(await rig.EmbedAsync("a").ReadAsync("MISS")));
        Assert.Equal(3, Number(await rig.EmbedAsync("a", "Cache-Control: no-store").ReadAsync("BYPASS")));
        Assert.Equal(2, Number(await rig.EmbedAsync("a").ReadAsync("HIT")));
        Assert.Equal(4, Number(await rig.EmbedAsync("a", "Cache-Control: no-cache").ReadAsync("BYPASS")));
        Assert.Equal(4, Number(await rig.EmbedAsync("a").ReadAsync("HIT")));
        await rig.AssertNoFlightsAsync();
    }

    [Fact]
    [Trait("row", "T4")]
    public async Task Hit_HeadersOfOneRequest_AreFreshOrGone()
    {
        await using Rig rig = await Rig.StartAsync(configure: CacheCalls.On);
        rig.Upstream.Respond(async context =>
        {
            IHeaderDictionary headers = context.Response.Headers;
            headers["x-request-id"] = "req_upstream";
            headers["x-ratelimit-remaining-requests"] = "59";
            headers["openai-processing-ms"] = "120";
            headers["openai-version"] = "2020-10-01";
            headers.SetCookie = "a=b";
            headers.Date = "Thu, 01 Jan 1970 00:00:00 GMT";
            return await AnswerAsync(context, """{"data":[]}""");
        });
        using HttpResponseMessage first = await rig.EmbedAsync("a").Soon();
        Assert.Equal(("req_upstream", "59", "a=b"), (first.Header("x-request-id"), first.Header("x-ratelimit-remaining-requests"), first.Header("Set-Cookie")));
        await first.BytesAsync();

        using HttpResponseMessage hit = await rig.EmbedAsync("a").Soon();

        Assert.Equal("HIT", hit.Header("X-Cache"));
        Assert.Equal("2020-10-01", hit.Header("openai-version"));
        Assert.Equal(("", "", ""), (hit.Header("x-ratelimit-remaining-requests"), hit.Header("Set-Cookie"), hit.Header("openai-processing-ms")));
        Assert.NotEqual("req_upstream", hit.Header("x-request-id"));
        Assert.Matches("^[0-9a-f]{32}$", hit.Header("x-request-id"));
        Assert.NotEqual(first.Headers.Date, hit.Headers.Date);
    }

    [Theory]
    [InlineData("Vary", "Accept-Encoding, Origin", true)]
    [InlineData("Vary", "Accept-Language", false)]
    [InlineData("Vary", "*", false)]
    public async Task Answer_ThatVaries_IsKeptOnlyWhereTheKeyTellsBy(string name, string value, bool isKept)
    {
        await using Rig rig = await Rig.StartAsync(configure: CacheCalls.On);
        rig.Upstream.Respond(context =>
        {
            context.Response.Headers[name] = value;
            return AnswerAsync(context, """{"data":[]}""");
        });

        await rig.EmbedAsync("a").ReadAsync("MISS");
        await rig.EmbedAsync("a").ReadAsync(isKept ? "HIT" : "MISS");
    }

    [Theory]
    [InlineData("\u0001", true, false)]
    [InlineData("\u001f", true, false)]
    [InlineData("\u007f", true, false)]
    [InlineData("\u0001", false, false)]
    [InlineData("\t", true, true)]
    [InlineData("\u0085", true, true)]
    [Trait("row", "U4")]
    public async Task Answer_WithAControlCharacterInAHeader_IsBadAndNotKept(string character, bool isCached, bool isGood)
    {
        await using RawUpstream upstream = RawUpstream.Start(
            $"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nx-note: a{character}b\r\nConnection: close\r\nContent-Length: 11\r\n\r\n{{\"data\":[]}}");
        await using Rig rig = await Rig.StartAsync(configure: options => options with
        {
            Instances = [GatewayHost.Instance(upstream.BaseAddress, 1)],
            Cache = new CacheOptions { Enabled = isCached },
        });

        using HttpResponseMessage first = await rig.EmbedAsync("a").Soon();
        await first.BytesAsync();
        using HttpResponseMessage second = await rig.EmbedAsync("a").Soon();

        Assert.All([first, second], answer => Assert.Equal(isGood ? HttpStatusCode.OK : HttpStatusCode.BadGateway, answer.StatusCode));
        Assert.Equal(isGood ? 1 : 0, await rig.Store().CountAsync());
    }

    [Theory]
    [Trait("req", "C3")]
    [InlineData(401, false)]
    [InlineData(401, true)]
    [InlineData(429, true)]
    public async Task ErrorAnswer_Status_IsKeptOnlyWhenConfigured(int status, bool isConfigured)
    {
        await using Rig rig = await Rig.StartAsync(configure: options => options with
        {
            Cache = new CacheOptions { CacheableStatus = isConfigured ? [200, 201, 400, 401] : [200, 201] },
        });
        rig.Upstream.Respond(context => AnswerAsync(context, """{"error":{"message":"no"}}""", status));

        await rig.EmbedAsync("a", "Authorization: Bearer a").ReadAsync("MISS");
        await rig.EmbedAsync("a", "Authorization: Bearer a").ReadAsync(isConfigured && status == 401 ? "HIT" : "MISS");
        await rig.EmbedAsync("a", "Authorization: Bearer b").ReadAsync("MISS");
    }

    [Fact]
    [Trait("req", "C5")]
    public async Task Reload_OfTheCache_IsInForceAtOnce()
    {
        await using Rig rig = await Rig.StartAsync(configure: CacheCalls.On);
        await rig.EmbedAsync("a").ReadAsync("MISS");
        await rig.EmbedAsync("a").ReadAsync("HIT");

        rig.Gateway.Options.Edit(static options => options with { Cache = options.Cache with { CacheableStatus = [201] } });
        await rig.EmbedAsync("a").ReadAsync("MISS");
        rig.Gateway.Options.Edit(static options => options with { Cache = options.Cache with { Enabled = false } });
        await rig.EmbedAsync("a").ReadAsync("");

        Assert.Equal(0, await rig.Store().CountAsync());
    }

    [Fact]
    [Trait("row", "T2")]
    public async Task Reload_OtherUpstream_FindsNothingOfTheOldOnes()
    {
        await using Rig rig = await Rig.StartAsync(configure: CacheCalls.On);
        await rig.EmbedAsync("a").ReadAsync("MISS");

        rig.Gateway.Options.Edit(static options => options with { Instances = [options.Instances[0] with { ApiKey = "another-account" }] });

        await rig.EmbedAsync("a").ReadAsync("MISS");
    }

    public static async Task<bool> AnswerAsync(HttpContext context, string json, int status = 200)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(json, context.RequestAborted);
        return true;
    }

    private static int Number(byte[] body) =>
        System.Text.Json.JsonElement.Parse(body).GetProperty("data")[0].GetProperty("n").GetInt32();

    private static Task<HttpResponseMessage> Chat(Rig rig, string body) =>
        rig.SendAsync(rig.Request(Rig.Urgent, HttpMethod.Post, "/v1/chat/completions", Rig.Json(body)));
}
