using Gateway.Tests.Support;
using Gateway.Tests.Tidy;
using UpstreamSimulator;
using Xunit;

namespace Gateway.Tests.Documentation;

/// <summary>The recipes do what they say: each one's files in a gateway process, its script in bash, the simulator in the provider's place.</summary>
public class RecipeTests
{
    [Fact]
    [Trait("req", "P1")]
    [Trait("req", "P2")]
    [Trait("req", "P4")]
    [Trait("req", "P5")]
    [Trait("req", "P11")]
    public async Task PreemptiveQueue_FileOfTheOlderGateway_DoesWhatItsScriptAsks()
    {
        await using SimulatorHost upstream = await Recipe.StartUpstreamAsync();
        await using InfluxDouble influx = await InfluxDouble.StartAsync();
        string file = Replaced(Recipe.Text("preemptive-queue.json"), "http://localhost:8086", influx.Url.OriginalString);
        await using Recipe recipe = await Recipe.StartAsync(
            new Dictionary<string, string> { ["config.json"] = file }, new Dictionary<string, string> { ["OPENAI_API_URL"] = $"{upstream.BaseAddress}v1" });

        await Recipe.RunAsync("preemptive-queue.sh", ("URGENT", recipe.At(8080)), ("NORMAL", recipe.At(8081)), ("BATCH", recipe.At(8082)));

        Assert.All(upstream.Requests, static request => Assert.Equal("Bearer sk-...", Assert.Single(request.Header("Authorization"))));
        await Eventually.TrueAsync(() => influx.Lines.Any(static line => line.Contains("preempted=true", StringComparison.Ordinal)));
    }

    [Fact]
    [Trait("req", "M1")]
    [Trait("req", "M2")]
    [Trait("req", "M3")]
    [Trait("req", "M5")]
    [Trait("req", "M7")]
    public async Task MultiTenant_EnvironmentOfTheOlderGateway_DoesWhatItsScriptAsks()
    {
        await using SimulatorHost upstream = await Recipe.StartUpstreamAsync();
        await using RedisServer redis = await RedisServer.StartAsync();
        await using Recipe recipe = await Recipe.StartAsync(
            new Dictionary<string, string> { [".env"] = Recipe.Text("multi-tenant.env") },
            new Dictionary<string, string> { ["OPENAI_API_URL"] = upstream.BaseAddress.AbsoluteUri, ["CACHE__REDIS_URL"] = redis.Url });

        await Recipe.RunAsync("multi-tenant.sh", ("BASE_URL", recipe.At(8080)));

        string[] credentials = [.. upstream.Requests.SelectMany(static request => request.Header("Authorization")).Distinct().Order(StringComparer.Ordinal)];
        Assert.Equal(["Bearer sk-of-team-b", "Bearer sk-the-gateways-own"], credentials);
    }

    [Fact]
    [Trait("req", "A1")]
    [Trait("req", "A2")]
    [Trait("req", "A4")]
    [Trait("req", "A7")]
    [Trait("req", "A8")]
    [Trait("req", "A9")]
    [Trait("req", "A10")]
    public async Task AzureInstances_FolderOfTheOlderGateway_DoesWhatItsScriptAsks()
    {
        await using SimulatorHost primary = await Recipe.StartUpstreamAsync();
        await using SimulatorHost secondary = await Recipe.StartUpstreamAsync();
        await using Recipe recipe = await Recipe.StartAsync(
            new Dictionary<string, string>
            {
                ["config/base.yaml"] = Recipe.Text("azure-instances/base.yaml"),
                ["config/production.yaml"] = Recipe.Text("azure-instances/production.yaml"),
            },
            new Dictionary<string, string>
            {
                ["AZURE_API_BASE_PRIMARY"] = primary.BaseAddress.AbsoluteUri,
                ["AZURE_API_KEY_PRIMARY"] = "key-1",
                ["AZURE_API_BASE_SECONDARY"] = secondary.BaseAddress.AbsoluteUri,
                ["AZURE_API_KEY_SECONDARY"] = "key-2",
                ["ENVIRONMENT"] = "production",
                ["ADMIN_TOKEN"] = "the-token-of-the-admin",
            },
            "--config", "config");

        await Recipe.RunAsync("azure-instances.sh", ("BASE_URL", recipe.At(8080)), ("ADMIN_TOKEN", "the-token-of-the-admin"));

        RecordedRequest call = Assert.Single(secondary.Requests, static request => request.Method == "POST");
        Assert.Equal("/openai/deployments/gpt-4-deployment/chat/completions?api-version=2024-05-01-preview", call.RawTarget);
        Assert.Equal("key-2", Assert.Single(call.Header("api-key")));
    }

    [Fact]
    [Trait("req", "V1")]
    [Trait("req", "V3")]
    [Trait("req", "V4")]
    [Trait("req", "V6")]
    public async Task VeniceProxy_EnvironmentOfTheOlderGateway_DoesWhatItsScriptAsks()
    {
        await using SimulatorHost venice = await Recipe.StartUpstreamAsync();

        // The name makes it Venice; a proxy that is the simulator leads there.
        await using Recipe recipe = await Recipe.StartAsync(
            new Dictionary<string, string> { [".env"] = Recipe.Text("venice-proxy.env") },
            new Dictionary<string, string> { ["OPENAI_BASE_URL"] = "http://api.venice.ai/api/v1", ["PROXY_URL"] = venice.BaseAddress.AbsoluteUri });

        await Recipe.RunAsync("venice-proxy.sh", ("BASE_URL", recipe.At(8080)));

        RecordedRequest[] posts = [.. venice.Requests.Where(static request => request.Method == "POST")];
        Assert.All(posts, static request => Assert.StartsWith("http://api.venice.ai/api/v1/", request.RawTarget, StringComparison.Ordinal));
        Assert.All(posts, static request => Assert.Equal("Bearer venice-key", Assert.Single(request.Header("Authorization"))));
    }

    [Fact]
    [Trait("req", "C1")]
    [Trait("req", "C3")]
    [Trait("req", "C4")]
    [Trait("req", "C6")]
    [Trait("req", "C7")]
    public async Task CachingProxy_EnvironmentOfTheOlderGateway_DoesWhatItsScriptAsks()
    {
        await using SimulatorHost upstream = await Recipe.StartUpstreamAsync();
        await using Recipe recipe = await Recipe.StartAsync(
            new Dictionary<string, string> { [".env"] = Recipe.Text("caching-proxy.env"), ["config.json"] = Recipe.Text("caching-proxy.json") },
            new Dictionary<string, string> { ["OPENAI_API_URL"] = upstream.BaseAddress.AbsoluteUri.TrimEnd('/') });

        await Recipe.RunAsync("caching-proxy.sh", ("BASE_URL", recipe.At(8080)), ("OPENAI_API_KEY", "sk-mine"));

        string[] credentials = [.. upstream.Requests.SelectMany(static request => request.Header("Authorization")).Distinct().Order(StringComparer.Ordinal)];
        Assert.Equal(["Bearer another-sk-mine", "Bearer sk-mine"], credentials);
    }

    [Fact]
    [Trait("req", "P2")]
    [Trait("req", "P5")]
    [Trait("req", "P9")]
    public async Task VllmThreePorts_JobsHoldAllSlots_DoesWhatItsScriptAsks()
    {
        await using SimulatorHost vllm = await Recipe.StartUpstreamAsync();
        await using Recipe recipe = await Recipe.StartAsync(
            new Dictionary<string, string> { ["vllm-three-ports.json"] = Recipe.Text("vllm-three-ports.json") },
            new Dictionary<string, string> { ["VLLM_URL"] = vllm.BaseAddress.AbsoluteUri, ["VLLM_SLOTS"] = "4" }, "--config", "vllm-three-ports.json");

        await Recipe.RunAsync("vllm-three-ports.sh", ("PEOPLE", recipe.At(8080)), ("AGENTS", recipe.At(8081)), ("JOBS", recipe.At(8082)), ("SLOTS", "4"));

        Assert.Equal(4, vllm.Stats.MaxLive);
    }

    [Fact]
    [Trait("req", "A3")]
    [Trait("req", "A4")]
    [Trait("req", "A6")]
    public async Task AzureTwoRegions_FirstTakenOutAndThenFull_DoesWhatItsScriptAsks()
    {
        await using SimulatorHost sweden = await Recipe.StartUpstreamAsync();
        await using SimulatorHost france = await Recipe.StartUpstreamAsync();
        await using Recipe recipe = await Recipe.StartAsync(
            new Dictionary<string, string> { ["config.json"] = Recipe.Text("azure-two-regions.json") },
            new Dictionary<string, string>
            {
                ["AZURE_API_BASE_SWEDEN"] = sweden.BaseAddress.AbsoluteUri,
                ["AZURE_API_KEY_SWEDEN"] = "key-s",
                ["AZURE_API_BASE_FRANCE"] = france.BaseAddress.AbsoluteUri,
                ["AZURE_API_KEY_FRANCE"] = "key-f",
            });

        await Recipe.RunAsync("azure-two-regions.sh", ("BASE_URL", recipe.At(8080)));

        Assert.Contains(sweden.Requests, static request => request.RawTarget == "/openai/deployments/mini-prod/chat/completions?api-version=2024-10-21");
        Assert.Contains(france.Requests, static request => request.RawTarget == "/openai/v1/chat/completions");

        // The region is full: the caller notices nothing.
        sweden.Respond(static context =>
        {
            context.Response.StatusCode = 429;
            context.Response.Headers.RetryAfter = "20";
            return Task.FromResult(true);
        });
        using HttpClient client = Rig.NewClient();
        using HttpResponseMessage answer = await client.PostAsync(new Uri(recipe.At(8080) + "/v1/chat/completions"), Rig.Json("""{"model":"gpt-4o-mini","messages":[]}"""), Rig.Cancel);
        Assert.Equal((200, "france"), ((int)answer.StatusCode, answer.Header("x-gateway-instance")));
    }

    [Fact]
    [Trait("req", "V3")]
    [Trait("req", "V4")]
    [Trait("req", "A13")]
    public async Task VeniceOllama_ProgramsForOllama_DoesWhatItsScriptAsks()
    {
        await using SimulatorHost venice = await Recipe.StartUpstreamAsync();
        await using Recipe recipe = await Recipe.StartAsync(
            new Dictionary<string, string> { ["config.json"] = Recipe.Text("venice-ollama.json") },
            new Dictionary<string, string> { ["VENICE_URL"] = $"{venice.BaseAddress}api/v1", ["VENICE_API_KEY"] = "venice-key" });

        await Recipe.RunAsync("venice-ollama.sh", ("BASE_URL", recipe.At(11434)));

        Assert.All(venice.Requests.Where(static request => request.Method == "POST"), static request => Assert.Equal("Bearer venice-key", Assert.Single(request.Header("Authorization"))));
    }

    [Fact]
    [Trait("req", "P4")]
    [Trait("req", "P5")]
    [Trait("req", "M1")]
    public async Task BatchBesideChat_JobsHoldAllSlots_DoesWhatItsScriptAsks()
    {
        await using SimulatorHost upstream = await Recipe.StartUpstreamAsync();
        await using Recipe recipe = await Recipe.StartAsync(
            new Dictionary<string, string> { ["config.json"] = Recipe.Text("batch-beside-chat.json") },
            new Dictionary<string, string>
            {
                ["OPENAI_API_URL"] = $"{upstream.BaseAddress}v1",
                ["OPENAI_API_KEY"] = "sk-own",
                ["SLOTS"] = "3",
                ["CHAT_KEY"] = "key-chat",
                ["JOBS_KEY"] = "key-jobs",
            });

        await Recipe.RunAsync("batch-beside-chat.sh", ("CHAT", recipe.At(8080)), ("BATCH", recipe.At(8082)), ("SLOTS", "3"), ("CHAT_KEY", "key-chat"), ("JOBS_KEY", "key-jobs"));

        Assert.All(upstream.Requests, static request => Assert.Equal("Bearer sk-own", Assert.Single(request.Header("Authorization"))));
    }

    [Fact]
    public void Scripts_All_AreRunByATest()
    {
        string tests = SourceTree.File("Gateway.Tests/Documentation/RecipeTests.cs").Text;
        string[] scripts = [.. Directory.EnumerateFiles(Recipe.Folder, "*.sh").Select(Path.GetFileName).Where(static name => name != "lib.sh")!];

        Assert.NotEmpty(scripts);
        Assert.All(scripts, script => Assert.Contains($"\"{script}\"", tests, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Scripts_AgainstAnUpstreamThatRefuses_Fail()
    {
        await using SimulatorHost upstream = await Recipe.StartUpstreamAsync();
        upstream.Respond(static context =>
        {
            context.Response.StatusCode = 400;
            return Task.FromResult(true);
        });
        await using Recipe recipe = await Recipe.StartAsync(
            new Dictionary<string, string> { [".env"] = Recipe.Text("caching-proxy.env") }, new Dictionary<string, string> { ["OPENAI_API_URL"] = upstream.BaseAddress.AbsoluteUri });

        await Assert.ThrowsAnyAsync<Xunit.Sdk.XunitException>(() => Recipe.RunAsync("caching-proxy.sh", ("BASE_URL", recipe.At(8080))));
    }

    private static string Replaced(string text, string old, string now)
    {
        Assert.Contains(old, text, StringComparison.Ordinal);
        return text.Replace(old, now, StringComparison.Ordinal);
    }
}
