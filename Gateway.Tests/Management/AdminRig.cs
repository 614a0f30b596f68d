using System.Net;
using System.Text.Json;
using Gateway.Configuration;
using Gateway.Tests.Support;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Gateway.Tests.Management;

/// <summary>Calls of the management routes.</summary>
internal static class AdminRig
{
    public const string Token = "canary-admin-token-0123456789";

    /// <summary>Every key there can be, each to be found nowhere.</summary>
    public static GatewayOptions WithCanaries(GatewayOptions options) => options with
    {
        AdminToken = Token,
        OpenAiApiKey = "canary-short-form",
        ClientApiKeys = ["canary-client"],
        ApiKeyMapping = new Dictionary<string, string> { ["canary-mapped"] = "canary-target" },
        InfluxToken = "canary-influx",
        RedisUrl = "redis://:canary-redis@127.0.0.1:1",
        ProxyUrl = "http://user:canary-proxy@127.0.0.1:1",
        Instances = [.. options.Instances.Select(static instance => instance with { ApiKey = "canary-instance" })],
    };

    /// <summary>The gateway's own routes, from the gateway itself: each method, with its parameters filled in.</summary>
    public static IReadOnlyList<(string Method, string Pattern, string Path)> Routes(this GatewayHost gateway) =>
    [
        .. gateway.Services.GetRequiredService<EndpointDataSource>().Endpoints.Cast<RouteEndpoint>().SelectMany(static endpoint =>
            endpoint.Metadata.GetRequiredMetadata<HttpMethodMetadata>().HttpMethods.Select(method => (
                method,
                endpoint.RoutePattern.RawText!,
                endpoint.RoutePattern.RawText!.Replace("{name}", "default", StringComparison.Ordinal).Replace("{id}", "4711", StringComparison.Ordinal)
                    .Replace("{priority}", "1", StringComparison.Ordinal)))),
    ];

    public static bool IsHealth(string path) => path is "/health" or "/health/ready";

    public static Task<HttpResponseMessage> AdminAsync(this Rig rig, string method, string path, string? json = null, params string[] headers) =>
        rig.SendAsync(rig.Request(Rig.Urgent, new HttpMethod(method), path, json is null ? null : Rig.Json(json), headers)).Soon();

    /// <summary>A good answer's body.</summary>
    public static async Task<JsonElement> AdminJsonAsync(
        this Rig rig, string method, string path, string? json = null, HttpStatusCode status = HttpStatusCode.OK, params string[] headers)
    {
        using HttpResponseMessage answer = await rig.AdminAsync(method, path, json, headers);
        string text = await answer.TextAsync();
        Assert.True(status == answer.StatusCode, $"{(int)answer.StatusCode} {text}");
        Assert.Equal("application/json", answer.Content.Headers.ContentType?.ToString());
        return JsonElement.Parse(text);
    }

    /// <summary>A refusal: its status, and the OpenAI error.</summary>
    public static async Task<(int Status, string Message, string? Param, string? Code)> AdminErrorAsync(
        this Rig rig, string method, string path, string? json = null, params string[] headers)
    {
        using HttpResponseMessage answer = await rig.AdminAsync(method, path, json, headers);
        (string message, string? param, string? code) = await StageFixture.ErrorAsync(answer);
        return ((int)answer.StatusCode, message, param, code);
    }

    /// <summary>The body; of a stream that never ends, its first event, which holds all there is.</summary>
    public static async Task<string> BodyAsync(this HttpResponseMessage answer)
    {
        if (answer.Content.Headers.ContentType?.MediaType != "text/event-stream")
        {
            return await answer.TextAsync();
        }

        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(Rig.Cancel));
        var lines = new List<string>();
        while (await reader.ReadLineAsync(Rig.Cancel).AsTask().Soon() is { Length: > 0 } line)
        {
            lines.Add(line);
        }

        return string.Join('\n', lines);
    }

    public static IEnumerable<string> Names(this JsonElement json) => json.EnumerateObject().Select(static field => field.Name);
}
