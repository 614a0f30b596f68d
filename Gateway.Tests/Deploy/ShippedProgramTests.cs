using System.Globalization;
using System.Net;
using System.Text.Json;
using Gateway.Tests.Configuration;
using Gateway.Tests.Support;
using UpstreamSimulator;
using Xunit;

namespace Gateway.Tests.Deploy;

/// <summary>
/// The program from outside, as whoever installs it meets it. Runs what was built; <c>make publish</c> has it run the single file, where whatever is
/// found by a path or by reflection could be missing.
/// </summary>
[Trait("category", "shipped")]
public class ShippedProgramTests
{
    [Fact]
    public async Task Program_WithConfigJson_AnswersAChatBothWays()
    {
        await using SimulatorHost upstream = await SimulatorApp.StartAsync(new SimulatorOptions { Port = 0 });
        await using GatewayProcess gateway = await GatewayProcess.StartAsync(Configuration(upstream));
        using HttpClient client = Rig.NewClient();

        JsonElement plain = JsonElement.Parse(await ChatAsync(client, gateway, stream: false));
        string stream = await ChatAsync(client, gateway, stream: true);

        Assert.Equal("assistant", plain.GetProperty("choices")[0].GetProperty("message").GetProperty("role").GetString());
        Assert.EndsWith("data: [DONE]\n\n", stream, StringComparison.Ordinal);
        Assert.Equal(2, upstream.Stats.Completed);
    }

    [Fact]
    public async Task Program_WithMaxInputTokens_CountsByTheModelsVocabulary()
    {
        await using SimulatorHost upstream = await SimulatorApp.StartAsync(new SimulatorOptions { Port = 0 });
        await using GatewayProcess gateway = await GatewayProcess.StartAsync(Configuration(upstream, """, "max_input_tokens": 20"""));
        using HttpClient client = Rig.NewClient();

        foreach (string model in (string[])["gpt-4o", "gpt-4"])
        {
            Assert.Equal(HttpStatusCode.OK, (await AskAsync(client, gateway, model, words: 5)).StatusCode);
            using HttpResponseMessage refused = await AskAsync(client, gateway, model, words: 100);
            Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        }

        Assert.Equal(2, upstream.Stats.Started);
    }

    [Fact]
    public async Task Program_WithRedisAndACollector_UsesBoth()
    {
        await using SimulatorHost upstream = await SimulatorApp.StartAsync(new SimulatorOptions { Port = 0 });
        await using RedisServer redis = await RedisServer.StartAsync();
        await using OtlpCollector collector = await OtlpCollector.StartAsync();
        await using GatewayProcess gateway = await GatewayProcess.StartAsync(
            Configuration(upstream, root: $$""", "redis_url": "{{redis.Url}}", "otlp_endpoint": "{{collector.Url}}", "rate_limit": {}"""));
        using HttpClient client = Rig.NewClient();
        await Eventually.TrueAsync(async () => (await GetAsync(client, gateway, "/health")).Contains("\"redis_connected\":true", StringComparison.Ordinal));

        string first = await ChatAsync(client, gateway, stream: false);
        await Eventually.TrueAsync(async () => (await redis.KeysAsync()).Any(static key => key.StartsWith("gateway:cache", StringComparison.Ordinal)));
        string second = await ChatAsync(client, gateway, stream: false);

        Assert.Equal(first, second);
        Assert.Equal(1, upstream.Stats.Completed);
        Assert.NotEmpty(await collector.WaitForSpansAsync(1));
    }

    /// <summary>glibc would open one for each thread that allocates, eight for each core at most.</summary>
    [Fact]
    public async Task Program_ManyThreads_ShareFewArenas()
    {
        await using SimulatorHost upstream = await SimulatorApp.StartAsync(new SimulatorOptions { Port = 0 });
        await using GatewayProcess gateway = await GatewayProcess.StartAsync(Configuration(upstream));
        using HttpClient client = Rig.NewClient();

        await Task.WhenAll(Enumerable.Range(0, 64).Select(_ => ChatAsync(client, gateway, stream: true)));

        // The runtime has some of its own before the program's first line.
        Assert.InRange(Arenas(gateway.Id), 0, 7);
    }

    [Fact]
    public async Task Program_ItsPage_IsInTheProgram()
    {
        await using SimulatorHost upstream = await SimulatorApp.StartAsync(new SimulatorOptions { Port = 0 });
        await using GatewayProcess gateway = await GatewayProcess.StartAsync(Configuration(upstream));
        using HttpClient client = Rig.NewClient();

        Assert.Contains("<html", await GetAsync(client, gateway, "/dashboard"), StringComparison.Ordinal);
        Assert.Contains("import", await GetAsync(client, gateway, "/dashboard/assets/main.js"), StringComparison.Ordinal);
        Assert.Contains("gateway_build_info", await GetAsync(client, gateway, "/metrics"), StringComparison.Ordinal);
        Assert.Equal("3.1", JsonElement.Parse(await GetAsync(client, gateway, "/admin/openapi.json")).GetProperty("openapi").GetString()![..3]);
    }

    [Fact]
    public async Task Health_OfOneThatRuns_IsZeroAndOfNoneIsOne()
    {
        await using SimulatorHost upstream = await SimulatorApp.StartAsync(new SimulatorOptions { Port = 0 });
        await using GatewayProcess gateway = await GatewayProcess.StartAsync(Configuration(upstream));
        using var folder = new ConfigurationFolder();

        // Whatever the file says by now.
        folder.Write("config.json", "{ broken");
        (int alive, _, string silence) = await GatewayProgram.RunAsync(folder.Root, "--health", gateway.Address.Port.ToString(CultureInfo.InvariantCulture));
        (int other, _, string refusal) = await GatewayProgram.RunAsync(folder.Root, "--health", upstream.BaseAddress.Port.ToString(CultureInfo.InvariantCulture));
        (int dead, _, string complaint) = await GatewayProgram.RunAsync(folder.Root, "--health", FreePorts.One().ToString(CultureInfo.InvariantCulture));

        Assert.Equal((0, ""), (alive, silence));
        Assert.True(other == 1 && refusal.Contains("404", StringComparison.Ordinal), refusal);
        Assert.True(dead == 1 && complaint.Contains("does not answer", StringComparison.Ordinal), complaint);
    }

    [Fact]
    public async Task Check_OfYamlAndDotEnv_PrintsWhatTheySay()
    {
        using var folder = new ConfigurationFolder();
        folder.Write("conf/base.yaml", "openai_api_key: ${THE_KEY}\nscheduling: { max_concurrency: 3 }\n");
        folder.Write("conf/production.yaml", "scheduling: { max_preemptions: 2 }\n");
        folder.Write(".env", "THE_KEY=sk-secret\n");

        (int code, string output, string error) = await GatewayProgram.RunAsync(folder.Root, "--config", "conf", "--environment", "production", "--check");

        Assert.True(code == 0, error);
        JsonElement scheduling = JsonElement.Parse(output).GetProperty("scheduling");
        Assert.Equal((3, 2), (scheduling.GetProperty("max_concurrency").GetInt32(), scheduling.GetProperty("max_preemptions").GetInt32()));
        Assert.DoesNotContain("sk-secret", output + error, StringComparison.Ordinal);
    }

    private static string Configuration(SimulatorHost upstream, string instance = "", string root = "") => $$"""
        {
          "endpoints": [{ "port": {port}, "priority": 1 }],
          "instances": [{ "name": "sim", "provider_type": "openai", "api_base": "{{upstream.BaseAddress}}v1"{{instance}} }],
          "state_file": ""{{root}}
        }
        """;

    private static async Task<string> ChatAsync(HttpClient client, GatewayProcess gateway, bool stream)
    {
        string body = $$"""{"model":"gpt-4o","temperature":0,"seed":1,"messages":[{"role":"user","content":"hi"}]{{(stream ? ",\"stream\":true" : "")}}}""";
        using HttpResponseMessage answer = await client.PostAsync(new Uri(gateway.Address, "/v1/chat/completions"), Rig.Json(body), Rig.Cancel);
        string text = await answer.Content.ReadAsStringAsync(Rig.Cancel);
        Assert.True(answer.IsSuccessStatusCode, text);
        return text;
    }

    private static Task<HttpResponseMessage> AskAsync(HttpClient client, GatewayProcess gateway, string model, int words)
    {
        string prompt = string.Join(' ', Enumerable.Repeat("word", words));
        return client.PostAsync(
            new Uri(gateway.Address, "/v1/chat/completions"), Rig.Json($$"""{"model":"{{model}}","messages":[{"role":"user","content":"{{prompt}}"}]}"""), Rig.Cancel);
    }

    private static Task<string> GetAsync(HttpClient client, GatewayProcess gateway, string path) => client.GetStringAsync(new Uri(gateway.Address, path), Rig.Cancel);

    /// <summary>Each begins a range of 64 MiB, of which the part that is used may be written.</summary>
    private static int Arenas(int process)
    {
        const long size = 64 << 20;
        (long From, long To, string Rights)[] maps = [.. File.ReadLines($"/proc/{process.ToString(CultureInfo.InvariantCulture)}/maps")
            .Select(static line => line.Split(' ')).Select(static fields => (fields[0].Split('-'), fields[1]))
            .Select(static map => (Hex(map.Item1[0]), Hex(map.Item1[1]), map.Item2))];
        return maps.Zip(maps.Skip(1)).Count(static pair => pair.First.From % size == 0 && pair.First.Rights.StartsWith("rw", StringComparison.Ordinal)
            && pair.Second.Rights.StartsWith("---", StringComparison.Ordinal) && pair.Second.From == pair.First.To && pair.Second.To == pair.First.From + size);
    }

    private static long Hex(string number) => long.Parse(number, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
}
