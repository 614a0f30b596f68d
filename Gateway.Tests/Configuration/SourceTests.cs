using Gateway.Configuration;
using Gateway.Scheduling;
using Xunit;

namespace Gateway.Tests.Configuration;

public class SourceTests
{
    private static readonly string[] ShortRetries = ["retries", "retries.max_retries"];

    [Fact]
    [Trait("req", "A2")]
    [Trait("req", "M7")]
    public void Load_AllSources_LastWins()
    {
        using var folder = new ConfigurationFolder();
        folder.Write("config.json", """{ "retries": { "max_retries": 1, "budget": 0.5 }, "timeouts": { "first_byte": 1 }, "influx_org": "file" }""");
        folder.Write("config.test.json", """{ "retries": { "max_retries": 2, "rate_limit_wait": 2 }, "timeouts": { "first_byte": 2 } }""");
        folder.Write(".env", "ENVIRONMENT=test\nMAX_RETRIES=3\nTIMEOUT=3\nREQUEST_TIMEOUT=3\n");
        folder.Environment["TIMEOUT"] = "4";

        GatewayOptions options = folder.Load().Options!;

        Assert.Equal(3, options.Retries.MaxRetries);
        Assert.Equal(0.5, options.Retries.Budget);
        Assert.Equal(TimeSpan.FromSeconds(2), options.Retries.RateLimitWait);
        Assert.Equal(TimeSpan.FromSeconds(4), options.Timeouts.FirstByte);
        Assert.Equal("file", options.InfluxOrg);
        Assert.Superset(ShortRetries.ToHashSet(), options.Configured.ToHashSet());
        Assert.DoesNotContain("cache", options.Configured);
    }

    [Fact]
    [Trait("req", "A2")]
    public void Load_Folder_OverlaysTheEnvironmentAndReplacesLists()
    {
        using var folder = new ConfigurationFolder();
        folder.Write("conf/base.yaml", """
            endpoints:            # the tiers
              - { port: 0, priority: 1, preemptive: true }
              - { port: 0, priority: 2 }
            instances:
              - name: azure-primary
                provider_type: azure
                api_base: ${AZURE_API_BASE_PRIMARY}
                api_key: "${AZURE_API_KEY_PRIMARY}"
                supported_models: [gpt-4, gpt-4o]
                model_deployments: { gpt-4: gpt-4-deployment }
            routing: { strategy: weighted, timeout: 30 }
            """);
        folder.Write("conf/production.yaml", "endpoints:\n  - port: 0\nrouting:\n  retries: 1\n");
        folder.Environment["AZURE_API_BASE_PRIMARY"] = "https://r.openai.azure.com";
        folder.Environment["AZURE_API_KEY_PRIMARY"] = "k";
        folder.Environment["ENVIRONMENT"] = "staging";

        LoadResult result = folder.Load("--config", "conf", "--environment", "production");

        Assert.Single(result.Options!.Endpoints);
        Assert.Equal(RoutingStrategy.Weighted, result.Options.Routing.Strategy);
        Assert.Equal(1, result.Options.Routing.Retries);
        Assert.Equal("k", result.Options.Instances[0].ApiKey);
        Assert.Equal("gpt-4-deployment", result.Options.Instances[0].ModelDeployments["gpt-4"]);
        Assert.Equal(["base.yaml", "production.yaml"], result.Files.Select(Path.GetFileName));
    }

    [Theory]
    [InlineData("a: ${X", "holds a \"${\"")]
    [InlineData("a: ${1X}", "holds a \"${\"")]
    [InlineData("a: ${UNSET}", "${UNSET} is not set")]
    [InlineData("a: ${EMPTY}", "${EMPTY} is not set")]
    [InlineData("a: ${UNSET:${SET}}", "${UNSET} has a default")]
    [InlineData("a: ${SET:${UNSET}}", "${SET} has a default")]
    [Trait("req", "A2")]
    public void Load_BadReference_NamesTheKeyAndNotTheValue(string yaml, string message)
    {
        using var folder = new ConfigurationFolder();
        folder.Environment["EMPTY"] = "";
        folder.Environment["SET"] = "k";
        folder.Write("c.yaml", "instances:\n  - name: a\n    api_key: " + yaml[3..]);

        ConfigurationError error = Assert.Single(folder.Load("--config", "c.yaml").Errors);

        Assert.Equal("instances[0].api_key", error.Key);
        Assert.StartsWith(message, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("${X}", "x")]
    [InlineData("${UNSET:http://d:80/}", "http://d:80/")]
    [InlineData("${UNSET:}", "")]
    [InlineData("a-${X}-${Y}", "a-x-y")]
    [InlineData("$${X}", "${X}")]
    [InlineData("$X", "$X")]
    [Trait("req", "A2")]
    public void Apply_Reference_IsFilledIn(string text, string expected)
    {
        var context = new ReadContext();
        var substitution = new Substitution(new Dictionary<string, string> { ["X"] = "x", ["Y"] = "y" }, context);

        string filled = substitution.Apply(new() { ["k"] = text })["k"]!.GetValue<string>();

        Assert.Equal(expected, filled);
        Assert.Empty(context.Errors);
    }

    [Fact]
    public void Load_NumbersAndFlagsFromVariables_AreRead()
    {
        GatewayOptions options = ConfigurationFolder.LoadJson(
            """
            {
              "endpoints": [ { "port": "${P:8081}", "preemptive": "${F:true}" } ],
              "scheduling": { "max_queue_bytes": "${S:1MiB}", "queue_timeout": "${T:5}" }
            }
            """).Options!;

        Assert.Equal(8081, options.Endpoints[0].Port);
        Assert.True(options.Endpoints[0].Preemptive);
        Assert.Equal(1L << 20, options.Scheduling.MaxQueueBytes);
        Assert.Equal(TimeSpan.FromSeconds(5), options.Scheduling.QueueTimeout);
    }

    [Fact]
    public void Load_ClientKeysFromVariables_AreFilledInAsNames()
    {
        using var folder = new ConfigurationFolder();
        folder.Environment["CLIENT"] = "ck";
        folder.Write("config.json", """{ "api_key_mapping": { "${CLIENT}": "up", "x": "y" } }""");

        Assert.Equal("up", folder.Load().Options!.ApiKeyMapping["ck"]);
    }

    [Theory]
    [InlineData("config.json", "{ \"debug\": true,, }", "line 1")]
    [InlineData("config.json", "{\n \"influx_token\": \"sk-secret\" \"x\" }", "line 2")]
    [InlineData("config.json", "{ \"debug\": true, \"debug\": false }", "same key twice")]
    [InlineData("config.json", "[1]", "section")]
    [InlineData("config.json", "", "line 1")]
    [InlineData("c.yaml", "debug: true\ndebug: false", "line 2")]
    [InlineData("c.yaml", "influx_token: sk-secret\n  - x: [", "line 2")]
    [InlineData("c.yaml", "a: &a [*a]", "YAML")]
    [InlineData("c.yaml", "? [a]\n: b", "line 1")]
    public void Load_BrokenFile_SaysWhereAndQuotesNothing(string name, string text, string expected)
    {
        using var folder = new ConfigurationFolder();
        folder.Write(name, text);

        ConfigurationError error = Assert.Single(folder.Load("--config", name).Errors);

        Assert.Equal(name, error.Key);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Load_BrokenDotEnv_SaysWhereAndQuotesNothing()
    {
        using var folder = new ConfigurationFolder();
        folder.Write(".env", "OPENAI_API_KEY=sk-secret\nthis is no assignment\n");

        ConfigurationError error = Assert.Single(folder.Load().Errors);

        Assert.Equal(".env", error.Key);
        Assert.Contains("line 2", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", error.ToString(), StringComparison.Ordinal);
    }

    /// <summary>What stands below the line would do nothing, and nobody would be told.</summary>
    [Fact]
    public void Load_YamlOfTwoDocuments_IsAnError()
    {
        using var folder = new ConfigurationFolder();
        folder.Write("config.yaml", "debug: true\n---\nclient_api_keys: [a]\n");

        Assert.NotEmpty(folder.Load("--config", "config.yaml").Errors);
    }

    /// <summary>The parser would put the rest of the value away, and take what is left for a key.</summary>
    [Theory]
    [InlineData("CLIENT_API_KEYS=team$Zk39dj-1", "CLIENT_API_KEYS")]
    [InlineData("A=b\r\nexport OPENAI_API_KEY = \"a secret$of mine\"\r\n", "OPENAI_API_KEY")]
    [InlineData("OPENAI_API_KEY=$secret", "OPENAI_API_KEY")]
    [InlineData("BASE=k\nOPENAI_API_KEY=${BASE}-1", "OPENAI_API_KEY")]
    [InlineData("set CLIENT_API_KEYS=team$Zk39dj-1", "CLIENT_API_KEYS")]
    [InlineData("SET CLIENT_API_KEYS=team$Zk39dj-1", "CLIENT_API_KEYS")]
    [InlineData("set -x CLIENT_API_KEYS=team$Zk39dj-1", "CLIENT_API_KEYS")]
    [InlineData("CLIENT_API_KEYS=\"team,\nsecret$Zk39dj-1\"", "CLIENT_API_KEYS")]
    [InlineData("CLIENT_API_KEYS={team$Zk39dj-1", "CLIENT_API_KEYS")]
    [InlineData("CLIENT_API_KEYS=team\\$Zk39dj-1", "CLIENT_API_KEYS")]
    public void Load_DotEnvWithADollarInAValue_AsksForQuotes(string file, string name)
    {
        using var folder = new ConfigurationFolder();
        folder.Write(".env", file);

        ConfigurationError error = Assert.Single(folder.Load().Errors, static error => error.Key == ".env");

        Assert.Contains(name, error.Message, StringComparison.Ordinal);
        Assert.Contains("'...'", error.Fix, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("OPENAI_API_KEY='a$b'", "a$b")]
    [InlineData("OPENAI_API_KEY = 'a$b'", "a$b")]
    [InlineData("set -x OPENAI_API_KEY= 'a$b' # quoted", "a$b")]
    [InlineData("OPENAI_API_KEY=\"a\\$b\"", "a$b")]
    [InlineData("A='\nB={$c}\n'\nOPENAI_API_KEY='a$b'", "a$b")]
    [InlineData("OPENAI_API_KEY=k # costs $5", "k")]
    [InlineData("# $5\nOPENAI_API_KEY=\"k\"", "k")]
    public void Load_DotEnvWithADollarThatIsMeant_TakesIt(string file, string key)
    {
        using var folder = new ConfigurationFolder();
        folder.Write(".env", file);

        LoadResult result = folder.Load();

        Assert.Empty(result.Errors);
        Assert.Equal(key, result.Options!.Instances[0].ApiKey);
    }

    /// <summary>In one of the ways in which its parser does not say that it is the file that is wrong.</summary>
    [Fact]
    [Trait("req", "A7")]
    public void Load_DotEnvThatItsParserStumblesOver_IsAnError()
    {
        using var folder = new ConfigurationFolder();
        folder.Write(".env", "OPENAI_API_KEY=\"pa\\400secret\"");

        ConfigurationError error = Assert.Single(folder.Load().Errors);

        Assert.Equal(".env", error.Key);
        Assert.DoesNotContain("secret", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("req", "M7")]
    public void Load_DotEnv_IsReadAndNotExported()
    {
        using var folder = new ConfigurationFolder();
        folder.Write(".env", "# keys\nexport OPENAI_API_KEY='sk-$a#b'\nCLIENT_API_KEYS=\"a,b\" # two\n");

        GatewayOptions options = folder.Load().Options!;

        Assert.Equal("sk-$a#b", options.Instances[0].ApiKey);
        Assert.Equal(["a", "b"], options.ClientApiKeys);
        Assert.Null(Environment.GetEnvironmentVariable("CLIENT_API_KEYS"));
    }

    [Theory]
    [InlineData("API_KEY_MAPPING={\"a\":\"sk-a\", \"b\": \"sk-b\"}\n")]
    [InlineData("export API_KEY_MAPPING = {\"a\":\"sk-a\", \"b\": \"sk-b\"} \r\nDEBUG=1\r\n")]
    [InlineData("API_KEY_MAPPING='{\"a\":\"sk-a\", \"b\": \"sk-b\"}'")]
    [InlineData("set -x API_KEY_MAPPING= {\"a\":\"sk-a\", \"b\": \"sk-b\", \"c$d\": \"sk-$d\"}")]
    [Trait("req", "M1")]
    [Trait("req", "M7")]
    public void Load_DotEnvWithAJsonObject_NeedsNoQuotesAroundIt(string file)
    {
        using var folder = new ConfigurationFolder();
        folder.Write(".env", file);

        LoadResult result = folder.Load();

        Assert.Empty(result.Errors);
        Assert.Equal(("sk-a", "sk-b"), (result.Options!.ApiKeyMapping["a"], result.Options.ApiKeyMapping["b"]));
    }

    [Theory]
    [InlineData("missing.json", null)]
    [InlineData(".", null)]
    [InlineData("config.json", "nowhere")]
    [InlineData("config.json", "../../etc/x")]
    public void Load_MissingSource_IsAnError(string config, string? environment)
    {
        using var folder = new ConfigurationFolder();
        folder.Write("config.json", "{}");

        LoadResult result = folder.Load(environment is null ? ["--config", config] : ["--config", config, "--environment", environment]);

        Assert.Single(result.Errors);
    }

    [Theory]
    [InlineData("a: no", "no")]
    [InlineData("a: '5'", "5")]
    [InlineData("a: 2024-05-01", "2024-05-01")]
    [InlineData("a: 1.2.3.4", "1.2.3.4")]
    [InlineData("a: 00:05:00", "00:05:00")]
    public void YamlParse_TextThatLooksLikeSomethingElse_StaysText(string yaml, string expected) =>
        Assert.Equal(expected, YamlTree.Parse(yaml)!["a"]!.GetValue<string>());
}
