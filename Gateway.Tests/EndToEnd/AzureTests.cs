using System.Net;
using System.Text;
using System.Text.Json;
using Azure.Core;
using Gateway.Configuration;
using Gateway.Recording;
using Gateway.Requests;
using Gateway.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using UpstreamSimulator;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>An Azure instance: what it is sent, and what its answers become.</summary>
public class AzureTests
{
    private const string Dated = "?api-version=2024-05-01-preview";

    [Fact]
    [Trait("req", "A4")]
    public async Task Chat_DatedSurface_GoesToTheDeploymentWithoutModel()
    {
        await using Rig rig = await StartAsync();

        using HttpResponseMessage answer = await rig.SendAsync(rig.Request(
            Rig.Urgent, HttpMethod.Post, "/v1/chat/completions?a=%20&api-version=evil",
            Rig.Json("""{ "mod\u0065l" : "GPT-4" , "messages":[{"role":"user","content":"\u00fc 9007199254740993"}]}"""), "Authorization: Bearer sk-caller", "Accept-Encoding: gzip")).Soon();
        string body = await answer.TextAsync();

        RecordedRequest sent = Assert.Single(rig.Upstream.Requests);
        Assert.Equal("/openai/deployments/gpt-4-prod/chat/completions" + Dated + "&a=%20", sent.RawTarget);
        Assert.Equal("""{ "messages":[{"role":"user","content":"\u00fc 9007199254740993"}]}""", Encoding.UTF8.GetString(sent.Body));
        Assert.Equal("azure-key", Assert.Single(sent.Header("api-key")));
        Assert.Empty(sent.Header("Authorization").Concat(sent.Header("Accept-Encoding")));
        Assert.Equal($"{sent.Body.Length}", Assert.Single(sent.Header("Content-Length")));
        Assert.Equal("GPT-4", JsonElement.Parse(body).GetProperty("model").GetString());
        Assert.Equal(Encoding.UTF8.GetByteCount(body), answer.Content.Headers.ContentLength);
        IReadOnlyList<AccessRecord> records = await rig.AssertQuietAndBilledAsync(1, 1);
        Assert.Equal(("GPT-4", (long)body.Length), (records[0].Model, records[0].ResponseBytes));
    }

    [Theory]
    [InlineData(Rig.Urgent)]
    [InlineData(Rig.Batch)]
    [Trait("req", "A4")]
    [Trait("req", "A13")]
    public async Task ChatStream_EveryChunk_NamesTheCallersModel(int tier)
    {
        await using Rig rig = await StartAsync();
        const string Body = """{"model":"gpt-4","stream":true,"messages":[]}""";

        using HttpResponseMessage answer = await rig.SendAsync(rig.Request(tier, HttpMethod.Post, "/v1/chat/completions", Rig.Json(Body), "x-sim-nonce: n")).Soon();
        string[] events = await answer.EventsAsync();
        using HttpResponseMessage direct = await rig.Client.SendAsync(new HttpRequestMessage(
            HttpMethod.Post, new Uri(rig.Upstream.BaseAddress, "/openai/deployments/gpt-4-prod/chat/completions" + Dated))
        { Content = Rig.Json(Body.Replace("\"model\":\"gpt-4\",", "", StringComparison.Ordinal)), Headers = { { "x-sim-nonce", "n" } } }, Rig.Cancel).Soon();

        Assert.Equal("[DONE]", events[^1]);
        Assert.All(events[..^1], static item => Assert.Equal("gpt-4", JsonElement.Parse(item).GetProperty("model").GetString()));
        Assert.Contains("prompt_filter_results", events[0], StringComparison.Ordinal);
        Assert.Equal(
            (await direct.EventsAsync()).Select(Neutral),
            events.Select(static item => Neutral(item.Replace("\"gpt-4\"", "\"gpt-4-prod\"", StringComparison.Ordinal))
                .Replace("\"model\":\"gpt-4-prod\",\"object\":\"\"", "\"model\":\"\",\"object\":\"\"", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("2024-05-01-preview", "/openai/responses" + Dated, false)]
    [InlineData("v1", "/openai/v1/responses", false)]
    [InlineData("v1", "/openai/v1/responses", true)]
    [Trait("req", "A4")]
    public async Task Responses_AnySurface_NameTheDeploymentThereAndTheModelHere(string version, string target, bool stream)
    {
        await using Rig rig = await StartAsync(instance => instance with { ApiVersion = version });

        using HttpResponseMessage answer = await PostAsync(rig, "/v1/responses", $$"""{"input":"x" ,"model" : "gpt-4" ,"stream":{{(stream ? "true" : "false")}}}""");
        string text = await answer.TextAsync();

        RecordedRequest sent = Assert.Single(rig.Upstream.Requests);
        Assert.Equal(target, sent.RawTarget);
        Assert.Contains("""{"input":"x" ,"model" : "gpt-4-prod" ,"stream":""", Encoding.UTF8.GetString(sent.Body), StringComparison.Ordinal);
        Assert.Contains("\"model\":\"gpt-4\"", text, StringComparison.Ordinal);
        Assert.DoesNotContain("gpt-4-prod", text, StringComparison.Ordinal);
        Assert.Equal(stream, text.Contains("response.completed", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("GET", "/v1/models?limit=1", "/openai/models" + Dated + "&limit=1", null)]
    [InlineData("GET", "/v1/models/gpt-4", "/openai/models/gpt-4" + Dated, null)]
    [InlineData("DELETE", "/v1/models/gpt-4", "/openai/models/gpt-4" + Dated, """{"model":"gpt-4"}""")]
    [InlineData("POST", "/v1/fine_tuning/jobs", "/openai/fine_tuning/jobs" + Dated, """{"model":"gpt-4"}""")]
    [InlineData("POST", "/v1/assistants", "/openai/assistants" + Dated, """{"model":"gpt-4-prod"}""")]
    [InlineData("DELETE", "/v1/files/f", "/openai/files/f" + Dated, null)]
    [Trait("req", "P8")]
    [Trait("req", "A4")]
    public async Task OtherPaths_AnyMethod_GoBelowOpenai(string method, string path, string target, string? body)
    {
        await using Rig rig = await StartAsync();
        string? written = path.EndsWith("assistants", StringComparison.Ordinal) ? """{"model":"gpt-4"}""" : body;

        using HttpResponseMessage answer = await rig.SendAsync(rig.Request(Rig.Normal, new HttpMethod(method), path, written is null ? null : Rig.Json(written))).Soon();
        await answer.BytesAsync();

        RecordedRequest sent = Assert.Single(rig.Upstream.Requests);
        Assert.Equal((method, target, body ?? ""), (sent.Method, sent.RawTarget, Encoding.UTF8.GetString(sent.Body)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("req", "A4")]
    [Trait("req", "A13")]
    public async Task Answer_OfHundredsOfKilobytes_IsEditedInPieces(bool stream)
    {
        await using Rig rig = await StartAsync();
        string text = string.Concat(Enumerable.Repeat("\\\"model\\\":\\\"gpt-4-prod\\\" ü", 20_000));
        string said = (stream ? "data: " : "") + $"{{\"choices\":[{{\"delta\":{{\"content\":\"{text}\",\"model\":\"gpt-4-prod\"}},\"finish_reason\":\"stop\"}}],\"model\" : \"gpt-4-prod\"}}"
            + (stream ? "\r\n\r\ndata: [DONE]\r\n\r\n" : "");
        rig.Upstream.Respond(async context =>
        {
            context.Response.ContentType = stream ? "text/event-stream" : "application/json";
            foreach (byte[] part in Encoding.UTF8.GetBytes(said).Chunk(29_989))
            {
                await context.Response.Body.WriteAsync(part);
                await context.Response.Body.FlushAsync();
            }

            return true;
        });

        using HttpResponseMessage answer = await PostAsync(rig, "/v1/chat/completions", """{"model":"gpt-4"}""");
        string got = await answer.TextAsync();

        Assert.Equal(said.Replace("\"model\" : \"gpt-4-prod\"", "\"model\" : \"gpt-4\"", StringComparison.Ordinal), got);
        IReadOnlyList<AccessRecord> records = await rig.AssertQuietAsync(1, 1);
        Assert.Equal(Encoding.UTF8.GetByteCount(got), records[0].ResponseBytes);
    }

    [Theory]
    [InlineData(400)]
    [InlineData(404)]
    [InlineData(429)]
    [Trait("req", "A4")]
    public async Task Error_OfAzure_PassesUnchanged(int status)
    {
        await using Rig rig = await StartAsync();
        const string Error = """{"error":{"code":"x","message":"m","innererror":{"code":"y"}},"model":"gpt-4-prod"}""";
        rig.Upstream.Respond(async context =>
        {
            context.Response.StatusCode = status;
            context.Response.ContentType = "application/json";
            context.Response.Headers["x-should-retry"] = "false";
            await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(Error));
            return true;
        });

        using HttpResponseMessage answer = await PostAsync(rig, "/v1/chat/completions", """{"model":"gpt-4"}""");

        Assert.Equal((status, Error), ((int)answer.StatusCode, await answer.TextAsync()));
    }

    [Fact]
    [Trait("req", "A4")]
    public async Task Entra_TokenInjected_IsShownInsteadOfTheCallers()
    {
        var credential = new FakeCredential();
        await using Rig rig = await StartAsync(
            static instance => instance with { Auth = InstanceAuth.Entra, ApiKey = null }, services => services.AddSingleton<TokenCredential>(credential));

        using HttpResponseMessage answer = await rig.SendAsync(rig.Request(
            Rig.Urgent, HttpMethod.Post, "/v1/chat/completions", Rig.Json("""{"model":"gpt-4"}"""), "Authorization: Bearer sk-caller", "api-key: sk-caller")).Soon();
        RecordedRequest sent = Assert.Single(rig.Upstream.Requests);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("Bearer token-1", Assert.Single(sent.Header("Authorization")));
        Assert.Empty(sent.Header("api-key"));
        await rig.AssertQuietAsync(1, 1);
    }

    [Fact]
    [Trait("req", "A4")]
    public async Task Entra_NoToken_IsACleanError()
    {
        await using Rig rig = await StartAsync(
            static instance => instance with { Auth = InstanceAuth.Entra, ApiKey = null },
            static services => services.AddSingleton<TokenCredential>(new FakeCredential { Failure = new InvalidOperationException("tenant-canary") }));

        using HttpResponseMessage answer = await PostAsync(rig, "/v1/chat/completions", """{"model":"gpt-4"}""");
        string text = await answer.TextAsync();

        Assert.Equal((HttpStatusCode.BadGateway, "upstream_sign_in_failed"), (answer.StatusCode, JsonElement.Parse(text).GetProperty("error").GetProperty("code").GetString()));
        Assert.DoesNotContain("canary", text, StringComparison.Ordinal);
        Assert.Empty(rig.Upstream.Requests);
        IReadOnlyList<AccessRecord> records = await rig.AssertQuietAsync(1, 1);
        Assert.Equal(Outcome.UpstreamSignInFailed, records[0].Outcome);
        Assert.DoesNotContain("canary", records[0].Failure, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("req", "A5")]
    public async Task Prompt_LongerThanAnyInstanceTakes_IsRefusedWithTheLimit()
    {
        await using Rig rig = await StartAsync(static instance => instance with { MaxInputTokens = 50 });

        using HttpResponseMessage tooLong = await PostAsync(rig, "/v1/chat/completions", Prompt(51));
        using HttpResponseMessage fits = await PostAsync(rig, "/v1/chat/completions", Prompt(50));
        JsonElement error = JsonElement.Parse(await tooLong.TextAsync()).GetProperty("error");

        Assert.Equal((HttpStatusCode.BadRequest, HttpStatusCode.OK), (tooLong.StatusCode, fits.StatusCode));
        Assert.Equal("context_length_exceeded", error.GetProperty("code").GetString());
        Assert.Contains("50 tokens", error.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Single(rig.Upstream.Requests);
    }

    [Fact]
    [Trait("req", "A5")]
    public async Task Prompt_TooLongForOneInstance_GoesToTheOther()
    {
        await using Rig rig = await Rig.StartAsync(1, static options => options with
        {
            Instances = [Azure(options.Instances[0]) with { MaxInputTokens = 50 }, options.Instances[0] with { Name = "big", ApiKey = "k" }],
        });

        using HttpResponseMessage answer = await PostAsync(rig, "/v1/chat/completions", Prompt(51));

        Assert.Equal("big", answer.Header("x-gateway-instance"));
    }

    [Theory]
    [InlineData("/v1/chat/completions", "data:image/png;base64,")]
    [InlineData("/v1/embeddings", "")]
    [Trait("req", "A5")]
    public async Task Body_WhoseBytesTellNothingOfItsTokens_IsNotRefusedForThem(string path, string beginning)
    {
        await using Rig rig = await StartAsync(static instance => instance with { MaxInputTokens = 50 });

        using HttpResponseMessage answer = await PostAsync(rig, path, $$"""{"model":"gpt-4","input":["{{beginning}}{{new string('x', 400)}}"],"messages":[]}""");

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    internal static InstanceOptions Azure(InstanceOptions simulator) => simulator with
    {
        Name = "azure",
        ProviderType = ProviderType.Azure,
        ApiBase = new Uri(simulator.ApiBase.GetLeftPart(UriPartial.Authority)),
        ApiKey = "azure-key",
        ModelDeployments = new Dictionary<string, string> { ["gpt-4"] = "gpt-4-prod", ["whisper-1"] = "hear" },
    };

    internal static Task<Rig> StartAsync(Func<InstanceOptions, InstanceOptions>? configure = null, Action<IServiceCollection>? customise = null) => Rig.StartAsync(
        1, options => options with { Instances = [configure?.Invoke(Azure(options.Instances[0])) ?? Azure(options.Instances[0])] }, customise);

    private static Task<HttpResponseMessage> PostAsync(Rig rig, string path, string body) =>
        rig.SendAsync(rig.Request(Rig.Urgent, HttpMethod.Post, path, Rig.Json(body))).Soon();

    /// <summary>A request whose prompt has as many tokens: seven around the text, and one for each word of it.</summary>
    private static string Prompt(int tokens) =>
        $$"""{"model":"gpt-4","messages":[{"role":"user","content":"{{string.Join(' ', Enumerable.Repeat("a", tokens - 7))}}"}]}""";

    /// <summary>Without what differs from call to call.</summary>
    private static string Neutral(string item) => System.Text.RegularExpressions.Regex.Replace(item, "\"(id|created)\":(\"[^\"]*\"|[0-9]+)", "\"$1\":0");
}
