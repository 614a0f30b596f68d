using Gateway.Configuration;
using Xunit;

namespace Gateway.Tests.Configuration;

public class EnvironmentTests
{
    [Fact]
    [Trait("req", "V1")]
    public void Load_NothingAtAll_IsOnePortOnThisMachine()
    {
        GatewayOptions options = ConfigurationFolder.LoadEnvironment().Options!;

        Assert.Equal("127.0.0.1", options.Host);
        Assert.Equal(new EndpointOptions { Port = 8080, Priority = 1 }, Assert.Single(options.Endpoints));
        InstanceOptions instance = Assert.Single(options.Instances);
        Assert.Equal("default", instance.Name);
        Assert.Equal("https://api.openai.com/v1", instance.ApiBase.OriginalString);
        Assert.Equal(8, instance.MaxConcurrency);
        Assert.Null(options.RateLimit);
    }

    [Fact]
    [Trait("req", "V1")]
    [Trait("req", "M7")]
    [Trait("req", "C5")]
    public void Load_EveryVariable_SetsItsKey()
    {
        GatewayOptions options = ConfigurationFolder.LoadEnvironment(
            ("HOST", "0.0.0.0"), ("PORT", "9000"), ("OPENAI_API_URL", "http://up:1"), ("OPENAI_API_KEY", "sk-up"), ("PROXY_PATH_PREFIX", "/api/v1"),
            ("PROXY_URL", "http://proxy:3128"), ("CLIENT_API_KEYS", "a, b"), ("API_KEY_MAPPING", "{\"c\":\"sk-c\"}"),
            ("REDIS_URL", "redis://h:6379/1"),
            ("REDIS_PASSWORD", "p@ss"), ("RATE_LIMIT", "600"), ("RATE_LIMIT__REQUESTS_PER_MINUTE", "61"), ("RATE_LIMIT__TOKENS_PER_MINUTE", "99"),
            ("CACHE_TTL", "7m"), ("MAX_CACHE_SIZE", "50"), ("TIMEOUT", "200"), ("MAX_RETRIES", "5"), ("BASE_RETRY_DELAY", "1.5"),
            ("RATE_LIMIT_WAIT", "20"),
            ("LOG_LEVEL", "DEBUG"), ("DEBUG", "true"), ("ADMIN_TOKEN", "adm-0123456789ab")).Options!;

        Assert.Equal("0.0.0.0", options.Host);
        Assert.Equal(9000, Assert.Single(options.Endpoints).Port);
        InstanceOptions instance = Assert.Single(options.Instances);
        Assert.Equal("http://up:1/v1", instance.ApiBase.OriginalString);
        Assert.Equal("sk-up", instance.ApiKey);
        Assert.Equal("http://proxy:3128", instance.ProxyUrl);
        Assert.Equal("/api/v1", options.ProxyPathPrefix);
        Assert.Equal(["a", "b"], options.ClientApiKeys);
        Assert.Equal("sk-c", options.ApiKeyMapping["c"]);
        Assert.Equal("redis://:p%40ss@h:6379/1", options.RedisUrl);
        Assert.Equal(600, options.RateLimit!.RequestsPerMinutePerIp);
        Assert.Equal(61, options.RateLimit.RequestsPerMinute);
        Assert.Equal(99, options.RateLimit.TokensPerMinute);
        Assert.Equal(TimeSpan.FromMinutes(7), options.Cache.Ttl);
        Assert.Equal(50, options.Cache.MaxSizeMb);
        Assert.Equal(TimeSpan.FromSeconds(200), options.Timeouts.FirstByte);
        Assert.Equal(5, options.Retries.MaxRetries);
        Assert.Equal(TimeSpan.FromSeconds(1.5), options.Retries.BaseDelay);
        Assert.Equal(TimeSpan.FromSeconds(20), options.Retries.RateLimitWait);
        Assert.Equal(Microsoft.Extensions.Logging.LogLevel.Debug, options.LogLevel);
        Assert.True(options.Debug);
        Assert.Equal("adm-0123456789ab", options.AdminToken);
    }

    [Theory]
    [InlineData("OPENAI_BASE_URL", "https://api.venice.ai/api/v1", true)]
    [InlineData("OPENAI_API_URL", "https://api.openai.com", false)]
    [Trait("req", "V1")]
    public void Load_BaseUrl_GivesTheProvider(string variable, string url, bool venice)
    {
        InstanceOptions instance = ConfigurationFolder.LoadEnvironment((variable, url)).Options!.Instances[0];

        Assert.Equal(venice ? ProviderType.Venice : ProviderType.OpenAi, instance.ProviderType);
        Assert.Equal(venice, instance.EmbeddingsBase64ToFloat);
    }

    [Fact]
    [Trait("req", "C2")]
    public void Load_RateLimitAlone_LimitsPerIpOnly()
    {
        RateLimitOptions limits = ConfigurationFolder.LoadEnvironment(("RATE_LIMIT", "600")).Options!.RateLimit!;

        Assert.Equal(600, limits.RequestsPerMinutePerIp);
        Assert.Null(limits.RequestsPerMinute);
        Assert.Null(limits.TokensPerMinute);
    }

    [Fact]
    [Trait("req", "M2")]
    public void Load_RequestsPerMinuteAlone_KeepsTheTokenDefault()
    {
        RateLimitOptions limits = ConfigurationFolder.LoadEnvironment(("RATE_LIMIT__REQUESTS_PER_MINUTE", "10")).Options!.RateLimit!;

        Assert.Equal(10, limits.RequestsPerMinute);
        Assert.Equal(100_000, limits.TokensPerMinute);
        Assert.Null(limits.RequestsPerMinutePerIp);
    }

    [Fact]
    [Trait("req", "C5")]
    public void Load_RequestTimeoutBesideTimeout_Wins() =>
        Assert.Equal(TimeSpan.FromSeconds(30),
            ConfigurationFolder.LoadEnvironment(("TIMEOUT", "300"), ("REQUEST_TIMEOUT", "30s")).Options!.Timeouts.FirstByte);

    [Theory]
    [InlineData("PORT", "none", "endpoints[0].port")]
    [InlineData("HOST", "my-laptop", "host")]
    [InlineData("CLIENT_API_KEYS", "a,,b", "client_api_keys[1]")]
    [InlineData("CLIENT_API_KEYS", " ", "client_api_keys[0]")]
    [InlineData("CLIENT_API_KEYS", "a,a", "client_api_keys")]
    [InlineData("API_KEY_MAPPING", "{broken", "api_key_mapping")]
    [InlineData("API_KEY_MAPPING", "[]", "api_key_mapping")]
    [InlineData("API_KEY_MAPPING", "{\"a\":\"\"}", "api_key_mapping[0]")]
    [InlineData("API_KEY_MAPPING", "{\"a\":\"x\",\"a\":\"y\"}", "api_key_mapping")]
    [InlineData("RATE_LIMIT", "0", "rate_limit.requests_per_minute_per_ip")]
    [InlineData("RATE_LIMIT__TOKENS_PER_MINUTE", "-5", "rate_limit.tokens_per_minute")]
    [InlineData("LOG_LEVEL", "LOUD", "log_level")]
    [InlineData("TIMEOUT", "soon", "timeouts.first_byte")]
    [InlineData("REDIS_URL", "localhost", "redis_url")]
    [InlineData("ADMIN_TOKEN", " ", "admin_token")]
    public void Load_BadVariable_IsNamedBesideItsKey(string variable, string value, string key)
    {
        ConfigurationError error = Assert.Single(ConfigurationFolder.LoadEnvironment((variable, value)).Errors);

        Assert.Equal(key, error.Key);
        Assert.Contains($"(from {variable})", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("CLIENT_API_KEYS", "a,,b", "CLIENT_API_KEYS takes them in one line, with commas in between.")]
    [InlineData("API_KEY_MAPPING", "{sk-secret", "API_KEY_MAPPING takes a JSON object such as {\"client key\": \"upstream key\"}.")]
    public void Load_BadVariableOfAListOrMap_SaysHowItIsWritten(string variable, string value, string form)
    {
        ConfigurationError error = Assert.Single(ConfigurationFolder.LoadEnvironment((variable, value)).Errors);

        Assert.EndsWith(form, error.Fix, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Load_EmptyVariables_CountAsUnset() =>
        Assert.True(ConfigurationFolder.LoadEnvironment([.. EnvironmentVariables.Table.Select(line => (line.Variable, ""))]).IsValid);

    [Fact]
    [Trait("req", "A1")]
    public void Load_DefaultLimits_FillInstancesThatSetNone()
    {
        using var folder = new ConfigurationFolder();
        folder.Environment["DEFAULT_MAX_TPM"] = "1000";
        folder.Environment["DEFAULT_MAX_INPUT_TOKENS"] = "100";
        folder.Write(".env", "DEFAULT_MAX_TPM=7\n");
        folder.Write("config.json", """{ "instances": [ { "name": "a" }, { "name": "b", "max_tpm": 5, "max_input_tokens": null } ] }""");

        GatewayOptions options = folder.Load().Options!;

        Assert.Equal([1000, 5], options.Instances.Select(instance => instance.MaxTpm));
        Assert.Equal([100, null], options.Instances.Select(instance => instance.MaxInputTokens));
    }

    [Fact]
    [Trait("req", "A1")]
    public void Load_AzureInstance_HasTheWindowOfItsPredecessor()
    {
        InstanceOptions azure = ConfigurationFolder.LoadJson(
            """{ "instances": [ { "name": "a", "provider_type": "azure", "api_base": "https://r.openai.azure.com/" } ] }""").Options!.Instances[0];

        Assert.Equal(60_000, azure.MaxTpm);
        Assert.Equal(8_000, azure.MaxInputTokens);
        Assert.Equal("2024-05-01-preview", azure.ApiVersion);
    }

    /// <summary>A slip in the variable is one that nobody would see otherwise; the argument is an error then.</summary>
    [Theory]
    [InlineData("config.json", "config.prodution.json")]
    [InlineData("conf", "prodution.yaml")]
    [Trait("req", "A2")]
    public void Load_VariableThatNamesNoOverlay_IsNoted(string config, string overlay)
    {
        using var folder = new ConfigurationFolder();
        folder.Write("config.json", "{}");
        folder.Write("conf/base.yaml", "debug: true");
        folder.Write("conf/production.yaml", "debug: false");
        folder.Environment["ENVIRONMENT"] = "prodution";

        LoadResult result = folder.Load("--config", config);

        Assert.True(result.IsValid);
        string note = Assert.Single(result.Notes);
        Assert.StartsWith("ENVIRONMENT lays nothing over", note, StringComparison.Ordinal);
        Assert.EndsWith($"{overlay}.", note, StringComparison.Ordinal);
        folder.Environment["ENVIRONMENT"] = "production";
        Assert.Empty(folder.Load("--config", "conf").Notes);
    }

    [Fact]
    public void Load_VariablesWithoutUse_AreNoted()
    {
        using var folder = new ConfigurationFolder();
        folder.Environment["PORT"] = "9";
        folder.Environment["OPENAI_API_KEY"] = "sk-used";
        folder.Environment["REDIS_PASSWORD"] = "p";
        folder.Write("config.json", """{ "endpoints": [ { "port": 0 } ], "instances": [ { "name": "a", "api_key": "${OPENAI_API_KEY}" } ] }""");

        LoadResult result = folder.Load();

        Assert.Equal(["PORT", "REDIS_PASSWORD"], result.Notes.Select(note => note.Split(' ')[0]));
        Assert.Equal(0, result.Options!.Endpoints[0].Port);
        Assert.Equal("sk-used", result.Options.Instances[0].ApiKey);
    }
}
