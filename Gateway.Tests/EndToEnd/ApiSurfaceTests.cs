using System.Net;
using System.Text.Json;
using Gateway.Configuration;
using Gateway.Tests.Configuration;
using Gateway.Tests.Support;
using UpstreamSimulator;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>Every method and path below the root goes up as it came, on every port.</summary>
public class ApiSurfaceTests
{
    [Theory]
    [InlineData(Rig.Urgent)]
    [InlineData(Rig.Normal)]
    [InlineData(Rig.Batch)]
    [Trait("req", "P8")]
    [Trait("req", "C1")]
    public async Task Endpoint_AnyMethodOnAnyPort_ReachesTheUpstream(int tier)
    {
        string[] paths =
        [
            "chat/completions", "completions", "embeddings", "models", "models/gpt-4o", "responses", "responses/resp_1/cancel", "files", "files/file-1/content",
            "audio/speech", "images/edits", "moderations", "batches/batch_1", "assistants/a/files", "fine_tuning/jobs/j/events", "vector_stores/vs/search",
            "threads/t/runs/r/steps", "uploads/u/parts", "containers", "an/endpoint/that/does/not/exist/yet",
        ];
        string[] methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "QUERY"];
        await using Rig rig = await Rig.StartAsync(slots: 4);
        rig.Upstream.Respond(static async context =>
        {
            context.Response.Headers["x-method"] = context.Request.Method;
            context.EndCall();
            await context.Response.CompleteAsync();
            return true;
        });

        foreach (string path in paths)
        {
            foreach (string method in methods)
            {
                bool hasBody = method is "POST" or "PUT" or "PATCH" or "QUERY";
                using HttpResponseMessage answer = await rig.SendAsync(
                    rig.Request(tier, HttpMethod.Parse(method), $"/v1/{path}?q=1", hasBody ? Rig.Json("{}") : null)).Soon();
                Assert.Equal((HttpStatusCode.OK, method), (answer.StatusCode, answer.Header("x-method")));
            }
        }

        string[] expected = [.. paths.SelectMany(path => methods.Select(method => $"{method} /v1/{path}?q=1"))];
        Assert.Equal(expected, rig.Upstream.Requests.Select(static request => $"{request.Method} {request.RawTarget}"));
        await rig.AssertQuietAsync(expected.Length, 4);
    }

    [Theory]
    [InlineData("/v1/things/a%2Fb")]
    [InlineData("/v1/things/a%2fb%3Ac%20d")]
    [InlineData("/v1/things/org%2Fmodel:v1@2")]
    [InlineData("/v1/%7Euser/%41;v=1,2")]
    [InlineData("/v1/things//double/slash//")]
    [InlineData("/v1/files?limit=20&order=asc&after=&&b&=c&limit=20")]
    [InlineData("/v1/x?metadata[k]=v&metadata%5Bk%5D=v&q=a+b%20c?d/e")]
    [InlineData("/v1/x?q={\"a\":1}|^`<>")]
    [InlineData("/v1/x?")]
    [InlineData("/v1/")]
    [InlineData("/v1")]
    [InlineData("/v1?a=b")]
    [InlineData("/v1/...well/.hidden/a..b")]
    [InlineData("/v1/x?redirect=/../../etc&u=http://evil/%2e%2e")]
    [Trait("req", "P8")]
    public async Task Target_AsSent_ReachesTheUpstreamByteForByte(string target)
    {
        await using Rig rig = await Rig.StartAsync();
        using RawConnection client = await RawConnection.OpenAsync(rig.Gateway.Address(Rig.Batch), Rig.Cancel);

        await client.SendAsync($"GET {target} HTTP/1.1\r\nHost: gateway\r\nConnection: close\r\n\r\n", Rig.Cancel);
        string answer = await client.ReadToEndAsync(Rig.Cancel).Soon();

        Assert.StartsWith("HTTP/1.1 200 ", answer, StringComparison.Ordinal);
        Assert.Equal(target, Assert.Single(rig.Upstream.Requests).RawTarget);
        await rig.AssertQuietAsync(1, 1);
    }

    /// <summary>As it is written to whom a client takes for a proxy; RFC 9112, 3.2.2, obliges servers to take it.</summary>
    [Theory]
    [InlineData("/v1/x%2Fy//z?q=a%20b", 200)]
    [InlineData("/health", 200)]
    [InlineData("/v1/../admin", 400)]
    [Trait("req", "P8")]
    public async Task Target_AWholeUrl_IsServedAsItsPath(string path, int status)
    {
        await using Rig rig = await Rig.StartAsync();
        using RawConnection client = await RawConnection.OpenAsync(rig.Gateway.Address(Rig.Batch), Rig.Cancel);

        await client.SendAsync($"GET http://gateway.example:8080{path} HTTP/1.1\r\nHost: gateway.example:8080\r\nConnection: close\r\n\r\n", Rig.Cancel);
        string answer = await client.ReadToEndAsync(Rig.Cancel).Soon();

        Assert.StartsWith($"HTTP/1.1 {status} ", answer, StringComparison.Ordinal);
        Assert.Equal(path.StartsWith("/v1/x", StringComparison.Ordinal) ? [path] : [], rig.Upstream.Requests.Select(static request => request.RawTarget));
    }

    [Theory]
    [InlineData("", "/v1/models")]
    [InlineData("/", "/v1/models")]
    [InlineData("/v1", "/v1/models")]
    [InlineData("/v1/", "/v1/models")]
    [InlineData("/api/v1", "/api/v1/models")]
    [InlineData("/api/v1/", "/api/v1/models")]
    [Trait("req", "P8")]
    [Trait("req", "C1")]
    public async Task BaseUrl_HoweverWritten_NoDoubledVersion(string written, string expected)
    {
        await using SimulatorHost upstream = await SimulatorApp.StartAsync(new SimulatorOptions { Port = 0 });
        LoadResult loaded = ConfigurationFolder.LoadJson(JsonSerializer.Serialize(new
        {
            openai_api_url = upstream.BaseAddress.AbsoluteUri.TrimEnd('/') + written,
            endpoints = new[] { new { port = 0, priority = 1, preemptive = true } },
            proxy_path_prefix = "/api/v1",
            cache = new { enabled = false },
        }));
        await using GatewayHost gateway = await GatewayHost.StartAsync(loaded.Options!);
        using HttpClient client = Rig.NewClient();

        foreach (string path in (string[])["/v1/models", "/v1/v1/models", "/api/v1/models", "/api/v1/v1/models"])
        {
            using HttpResponseMessage answer = await client.GetAsync(new Uri(gateway.Address(0), path), Rig.Cancel).Soon();
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }

        Assert.Equal([expected, expected, expected, expected], upstream.Requests.Select(static request => request.RawTarget));
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/v2/models")]
    [InlineData("/v1models")]
    [InlineData("/V1/models")]
    [Trait("req", "P8")]
    public async Task Target_OutsideTheRoot_404InOpenAIShapeAndNeverSent(string path)
    {
        await using Rig rig = await Rig.StartAsync();

        HttpResponseMessage answer = await rig.SendAsync(rig.Request(Rig.Urgent, HttpMethod.Get, path)).Soon();

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Equal("unknown_url", (await answer.JsonAsync()).GetProperty("error").GetProperty("code").GetString());
        Assert.Empty(rig.Upstream.Requests);
        await rig.AssertQuietAsync(1, 1);
    }
}
