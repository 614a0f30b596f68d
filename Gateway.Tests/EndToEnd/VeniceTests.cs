using System.Net;
using System.Text;
using System.Text.Json;
using Gateway.Configuration;
using Gateway.Tests.Support;
using UpstreamSimulator;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>Venice and other compatible servers: parameters removed, embeddings turned back, Ollama's paths.</summary>
public class VeniceTests
{
    [Theory]
    [InlineData("""{"model":"m","prompt_cache_key":"k","messages":[],"logprobs":true,"top_logprobs":2,"parallel_tool_calls":"yes"}""", """{"model":"m","messages":[]}""", "prompt_cache_key,logprobs,top_logprobs,parallel_tool_calls")]
    [InlineData("""{"parallel_tool_calls":null,"model":"m","messages":[]}""", """{"model":"m","messages":[]}""", "parallel_tool_calls")]
    [InlineData("""{"model":"m", "messages":[{"logprobs":1}],"parallel_tool_calls":false }""", """{"model":"m", "messages":[{"logprobs":1}],"parallel_tool_calls":false }""", "")]
    [Trait("req", "V3")]
    public async Task Parameters_ThatVeniceRefuses_AreRemovedAndReported(string body, string sent, string removed)
    {
        await using Rig rig = await StartAsync();

        using HttpResponseMessage answer = await PostAsync(rig, "/v1/chat/completions", body);
        await answer.BytesAsync();

        Assert.Equal((HttpStatusCode.OK, removed), (answer.StatusCode, answer.Header("x-gateway-removed-params")));
        RecordedRequest request = Assert.Single(rig.Upstream.Requests);
        Assert.Equal(("/api/v1/chat/completions", sent), (request.RawTarget, Encoding.UTF8.GetString(request.Body)));
        Assert.Equal([$"{sent.Length}"], request.Header("Content-Length"));
        await rig.AssertQuietAsync(1, 1);
    }

    [Theory]
    [InlineData(nameof(ProviderType.Venice))]
    [InlineData(nameof(ProviderType.OpenAi))]
    [InlineData(nameof(ProviderType.Compatible))]
    [Trait("req", "V3")]
    public async Task RemoveParameters_Configured_IsTheWholeList(string provider)
    {
        await using Rig rig = await StartAsync(instance => instance with
        {
            ProviderType = Enum.Parse<ProviderType>(provider),
            ApiBase = new Uri(instance.ApiBase, "/v1"),
            RemoveParameters = ["seed", "parallel_tool_calls"],
        });

        using HttpResponseMessage answer = await PostAsync(
            rig, "/v1/chat/completions", """{"seed":1,"model":"m","logprobs":false,"parallel_tool_calls":true,"messages":[]}""");

        Assert.Equal("seed,parallel_tool_calls", answer.Header("x-gateway-removed-params"));
        Assert.Equal("""{"model":"m","logprobs":false,"messages":[]}""", Encoding.UTF8.GetString(Assert.Single(rig.Upstream.Requests).Body));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(200)]
    [Trait("req", "V4")]
    public async Task Embeddings_AskedForAsBase64_AreTheBytesOfTheFloats(int inputs)
    {
        await using Rig rig = await StartAsync();
        string input = string.Join(',', Enumerable.Range(0, inputs).Select(static i => $"\"text {i}\""));
        string body = $$"""{"model":"e","encoding_format" :"base64", "input":[{{input}}]}""";

        using HttpResponseMessage answer = await PostAsync(rig, "/v1/embeddings", body);
        string text = await answer.TextAsync();
        using HttpResponseMessage floats = await PostAsync(rig, "/v1/embeddings", body.Replace("base64", "float", StringComparison.Ordinal));
        using HttpResponseMessage direct = await rig.Client.PostAsync(new Uri(rig.Upstream.BaseAddress, "/v1/embeddings"), Rig.Json(body), Rig.Cancel).Soon();

        Assert.Equal(body.Replace("\"base64\"", "\"float\"", StringComparison.Ordinal), Encoding.UTF8.GetString(rig.Upstream.Requests[0].Body));
        Assert.Equal(Vectors(await direct.TextAsync()), Vectors(text));
        Assert.Equal(inputs, Vectors(text).Length);
        Assert.Equal(JsonValueKind.Array, JsonElement.Parse(await floats.TextAsync()).GetProperty("data")[0].GetProperty("embedding").ValueKind);
        await rig.AssertQuietAsync(2, 1);
    }

    [Theory]
    [InlineData("""{"model":"e","input":"x"}""")]
    [InlineData("""{"model":"e","input":"x","encoding_format":"float"}""")]
    [Trait("req", "V4")]
    public async Task Embeddings_NotAskedForAsBase64_PassUnchanged(string body)
    {
        await using Rig rig = await StartAsync();

        using HttpResponseMessage answer = await PostAsync(rig, "/v1/embeddings", body);
        using HttpResponseMessage direct = await rig.Client.PostAsync(new Uri(rig.Upstream.BaseAddress, "/api/v1/embeddings"), Rig.Json(body), Rig.Cancel).Soon();

        Assert.Equal(body, Encoding.UTF8.GetString(rig.Upstream.Requests[0].Body));
        Assert.Equal(Data(await direct.TextAsync()), Data(await answer.TextAsync()));
    }

    [Theory]
    [InlineData("""{"data":[{"embedding":"AACAPw=="}]}""", """{"data":[{"embedding":"AACAPw=="}]}""")]
    [InlineData("{\"data\":[{\"embedding\":[ 1.0e0\t,\n 2 ]}]}", """{"data":[{"embedding":"AACAPwAAAEA="}]}""")]
    [Trait("req", "V4")]
    public async Task Embeddings_OddAnswers_AreStillBase64(string said, string expected)
    {
        await using RawUpstream upstream = RawUpstream.Start(
            $"HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: {said.Length}\r\nConnection: close\r\n\r\n{said}");
        await using Rig rig = await StartAsync(instance => instance with { ApiBase = new Uri(upstream.BaseAddress, "/api/v1") });

        using HttpResponseMessage answer = await PostAsync(rig, "/v1/embeddings", """{"model":"e","input":"x","encoding_format":"base64"}""");

        Assert.Equal((expected, (long?)expected.Length), (await answer.TextAsync(), answer.Content.Headers.ContentLength));
    }

    [Fact]
    [Trait("req", "V4")]
    public async Task Embeddings_NoVector_IsTheUpstreamsFault()
    {
        const string Said = """{"data":[{"embedding":[1,"x"]}]}""";
        await using RawUpstream upstream = RawUpstream.Start($"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {Said.Length}\r\n\r\n{Said}");
        await using Rig rig = await StartAsync(instance => instance with { ApiBase = new Uri(upstream.BaseAddress, "/api/v1") });

        using HttpResponseMessage answer = await PostAsync(rig, "/v1/embeddings", """{"model":"e","input":"x","encoding_format":"base64"}""");

        Assert.Equal(HttpStatusCode.BadGateway, answer.StatusCode);
        Assert.Equal("upstream_invalid", JsonElement.Parse(await answer.TextAsync()).GetProperty("error").GetProperty("code").GetString());
    }

    [Theory]
    [InlineData(nameof(ProviderType.Venice), "/api/v1")]
    [InlineData(nameof(ProviderType.Compatible), "/v1")]
    [InlineData(nameof(ProviderType.OpenAi), "/v1")]
    [Trait("req", "V5")]
    public async Task OllamaPaths_AnyPrefix_GoToTheOrigin(string provider, string apiBase)
    {
        await using Rig rig = await StartAsync(instance => instance with { ProviderType = Enum.Parse<ProviderType>(provider), ApiBase = new Uri(instance.ApiBase, apiBase) });

        using HttpResponseMessage tags = await rig.SendAsync(rig.Request(Rig.Urgent, HttpMethod.Get, "/api/v1/api/tags?x=1")).Soon();
        using HttpResponseMessage again = await rig.SendAsync(rig.Request(Rig.Urgent, HttpMethod.Get, "/v1/api/tags")).Soon();

        Assert.NotEqual(0, JsonElement.Parse(await tags.TextAsync()).GetProperty("models").GetArrayLength());
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
        Assert.Equal(["/api/tags?x=1", "/api/tags"], rig.Upstream.Requests.Select(static request => request.RawTarget));
    }

    [Theory]
    [InlineData("DELETE", "/v1/api/admin/users?x=1", "/tenants/llm/v1/api/admin/users?x=1")]
    [InlineData("GET", "/v1/api/admin/users", "/tenants/llm/v1/api/admin/users")]
    [InlineData("GET", "/v1/api/tags/../admin", "/tenants/llm/v1/api/admin")]
    [InlineData("POST", "/v1/api/tags", "/tenants/llm/v1/api/tags")]
    [InlineData("HEAD", "/v1/api/tags", "/api/tags")]
    [Trait("req", "V5")]
    [Trait("row", "H8")]
    public async Task ApiPaths_ButTheListOfModels_StayBelowTheBase(string method, string path, string target)
    {
        List<string> requests = [];
        await using RawUpstream upstream = RawUpstream.Start("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", requests);
        await using Rig rig = await StartAsync(instance => instance with
        {
            ProviderType = ProviderType.Compatible,
            ApiBase = new Uri(upstream.BaseAddress, "/tenants/llm/v1"),
            ApiKey = "sk-gateway",
        });

        using HttpResponseMessage answer = await rig.SendAsync(rig.Request(Rig.Urgent, HttpMethod.Parse(method), path)).Soon();

        Assert.All(requests, request => Assert.StartsWith($"{method} {target} HTTP/1.1\r\n", request, StringComparison.Ordinal));
        Assert.Equal(answer.StatusCode == HttpStatusCode.OK ? 1 : 0, requests.Count);
    }

    [Fact]
    [Trait("req", "V6")]
    public async Task Health_VeniceInstance_NamesTheTarget()
    {
        await using Rig rig = await StartAsync();

        using HttpResponseMessage health = await rig.SendAsync(rig.Request(Rig.Urgent, HttpMethod.Get, "/health")).Soon();

        Assert.Equal(new Uri(rig.Upstream.BaseAddress, "/api/v1").AbsoluteUri, JsonElement.Parse(await health.TextAsync()).GetProperty("target").GetString());
    }

    internal static InstanceOptions Venice(InstanceOptions simulator) => simulator with
    {
        Name = "venice",
        ProviderType = ProviderType.Venice,
        ApiBase = new Uri(simulator.ApiBase, "/api/v1"),
        ApiKey = "venice-key",
        EmbeddingsBase64ToFloat = true,
    };

    private static Task<Rig> StartAsync(Func<InstanceOptions, InstanceOptions>? configure = null) => Rig.StartAsync(1, options => options with
    {
        ProxyPathPrefix = "/api/v1",
        Instances = [configure?.Invoke(Venice(options.Instances[0])) ?? Venice(options.Instances[0])],
    });

    private static Task<HttpResponseMessage> PostAsync(Rig rig, string path, string body) =>
        rig.SendAsync(rig.Request(Rig.Urgent, HttpMethod.Post, path, Rig.Json(body))).Soon();

    private static string[] Vectors(string answer) =>
        [.. JsonElement.Parse(answer).GetProperty("data").EnumerateArray().Select(static entry => entry.GetProperty("embedding").GetString()!)];

    private static string Data(string answer) => JsonElement.Parse(answer).GetProperty("data").GetRawText();
}
