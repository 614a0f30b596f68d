using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Gateway.Configuration;
using Gateway.Tests.Management;
using Gateway.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Gateway.Tests.Canaries;

/// <summary>A gateway whose every secret is a canary, at its most talkative, and all that comes out of it.</summary>
internal sealed partial class CanaryRig : IAsyncDisposable
{
    public const string Words = "upstream-words";
    public const string Prompt = "prompt";

    public static readonly string[] Callers = ["client-listed", "client-mapped", "client-named"];

    private CanaryRig(Rig rig) => Rig = rig;

    public Rig Rig { get; }

    public CanarySinks Sinks { get; } = new();

    public static async Task<CanaryRig> StartAsync(
        bool isTerminal, Func<GatewayOptions, GatewayOptions>? configure = null, Action<IServiceCollection>? customise = null) =>
        new(await Rig.StartAsync(2, options => configure?.Invoke(Plant(options)) ?? Plant(options), customise, isTerminal));

    public static GatewayOptions Plant(GatewayOptions options) => options with
    {
        LogLevel = LogLevel.Trace,
        Debug = true,
        ClientApiKeys = [Canary.Of("client-listed")],
        ApiKeyMapping = new Dictionary<string, string> { [Canary.Of("client-mapped")] = Canary.Of("upstream-mapped") },
        ClientKeys = [new ClientKeyOptions { Name = "team", Key = Canary.Of("client-named"), UpstreamKey = Canary.Of("upstream-named") }],
        OpenAiApiKey = Canary.Of("upstream-short"),
        AdminToken = Canary.Of("admin"),
        InfluxToken = Canary.Of("influx"),
        InfluxdbUrl = $"http://user:{Canary.Of("influx-password")}@127.0.0.1:1",
        OtlpEndpoint = $"http://user:{Canary.Of("otlp-password")}@127.0.0.1:1",
        ProxyUrl = $"http://user:{Canary.Of("proxy-password")}@127.0.0.1:1",
        Instances = [.. options.Instances.Select(static instance => instance with { ApiKey = Canary.Of("upstream-key") })],
    };

    /// <summary>What an upstream says that repeats all it was told.</summary>
    public static string Echo(string request) =>
        $"{Canary.Of(Words)}: no {string.Join(' ', Told().Matches(request).Select(static match => match.Value).Distinct())}";

    /// <summary>A request with a secret in every place that has room for one.</summary>
    public HttpRequestMessage Request(string caller, string path, string? json, string method = "POST") => Rig.Request(
        Rig.Batch, new HttpMethod(method), $"{path}?note={Canary.Of("query")}", json is null ? null : Rig.Json(json),
        caller.StartsWith("client-n", StringComparison.Ordinal) ? $"api-key: {Canary.Of(caller)}" : $"Authorization: Bearer {Canary.Of(caller)}",
        $"Cookie: session={Canary.Of("cookie")}", $"X-Api-Key: {Canary.Of("x-api-key")}", $"User-Agent: {Canary.Of("user-agent")}",
        $"X-Custom: {Canary.Of("header")}", $"OpenAI-Organization: {Canary.Of("organization")}", $"X-Forwarded-For: {Canary.Of("forwarded")}",
        $"Idempotency-Key: {Canary.Of("idempotency")}");

    public static string Chat(bool stream) =>
        $$"""{"model":"m","messages":[{"role":"user","content":"{{Canary.Of(Prompt)}}"}],"user":"{{Canary.Of("user")}}"{{(stream ? ",\"stream\":true" : "")}}}""";

    /// <summary>Sends it and keeps the answer: what the upstream says of its own, and of the caller's own text, is the caller's to read.</summary>
    public async Task<HttpStatusCode?> SendAsync(HttpRequestMessage request, params string[] allowed)
    {
        string sink = $"answer to {request.Method} {request.RequestUri!.AbsolutePath}";
        try
        {
            using HttpResponseMessage answer = await Rig.SendAsync(request).Soon();
            Sinks.Add(sink, answer.ToString(), allowed);
            Sinks.Add(sink, await answer.Content.ReadAsStringAsync(Rig.Cancel).Soon(), allowed);
            return answer.StatusCode;
        }
        catch (HttpRequestException e)
        {
            Sinks.Add(sink, e.ToString(), allowed);
            return null;
        }
    }

    /// <summary>Every page there is, with the right token, a wrong one, and none.</summary>
    public async Task ReadPagesAsync()
    {
        foreach ((string method, _, string path) in Rig.Gateway.Routes().Where(static route => route.Method is "GET" or "PUT"))
        {
            foreach (string token in (string[])[Canary.Of("admin"), Canary.Of("admin-wrong"), ""])
            {
                using HttpResponseMessage page = await Rig.AdminAsync(method, path, method == "PUT" ? $"{{\"{Canary.Of("setting")}\":1}}" : null, $"X-Admin-Token: {token}");

                // A field that is not known is named in the error to whoever sent it.
                Sinks.Add($"page {path}", $"{page}{await page.BodyAsync()}", "setting");
            }
        }
    }

    /// <summary>Ends the gateway, takes its log and records, and looks for canaries everywhere.</summary>
    public async Task AssertCleanAsync(int records)
    {
        await Rig.Gateway.Records.WaitForAsync(records);
        await ReadPagesAsync();
        await Rig.Gateway.DisposeAsync();
        Sinks.Add("records", JsonSerializer.Serialize(Rig.Gateway.Records.All));
        foreach (string line in Rig.Gateway.Log().Split('\n'))
        {
            Sinks.Add("log", line);
        }

        Sinks.AssertClean();
    }

    public ValueTask DisposeAsync() => Rig.DisposeAsync();

    [GeneratedRegex("zq7canary-[a-z-]+-0123456789abcdef")]
    private static partial Regex Told();
}
