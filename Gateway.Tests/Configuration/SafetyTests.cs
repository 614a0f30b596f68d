using Gateway.Configuration;
using Xunit;

namespace Gateway.Tests.Configuration;

public class SafetyTests
{
    private const string Mapped = "\"api_key_mapping\": { \"sk-client\": \"sk-upstream\" }";
    private const string Listed = "\"client_keys\": [ { \"name\": \"n\", \"key\": \"sk-client\", \"upstream_key\": \"sk-upstream\" } ]";
    private const string Unmapped = "\"client_api_keys\": [ \"sk-client\" ]";

    private const string Secrets = """
        {
          "openai_api_key": "sk-secret-1", "client_api_keys": ["sk-secret-2"], "api_key_mapping": { "sk-secret-3": "sk-secret-4" },
          "influx_token": "sk-secret-5", "admin_token": "sk-secret-6-0123", "redis_url": "redis://:sk-secret-7@h", "proxy_url": "http://u:sk-secret-8@p",
          "influxdb_url": "http://u:sk-secret-9@i", "otlp_endpoint": "http://u:sk-secret-a@o"
        }
        """;

    [Theory]
    [InlineData("""{ "endpoints": [ { "port": 8080 } ], "openai_api_url": "http://localhost:8080/v1" }""")]
    [InlineData("""{ "host": "10.1.2.3", "endpoints": [ { "port": 8080 } ], "openai_api_url": "http://10.1.2.3:8080" }""")]
    public void Load_UpstreamIsTheGatewayItself_IsAnError(string json)
    {
        LoadResult loaded = ConfigurationFolder.LoadJson(json);

        ConfigurationError error = Assert.Single(loaded.Errors);
        Assert.Contains("call itself", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("req", "M6")]
    public void ToJsonAndToString_Secrets_NeverAppear()
    {
        GatewayOptions options = ConfigurationFolder.LoadJson(Secrets).Options!;
        string all = EffectiveConfiguration.ToJson(options) + EffectiveConfiguration.Describe(options.Instances[0]) + options + options.Instances[0];

        Assert.DoesNotContain("secret", all, StringComparison.Ordinal);
        Assert.Contains("\"admin_token\": \"***\"", all, StringComparison.Ordinal);
        Assert.Contains("redis://***@h", all, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{ "openai_api_key": "sk-secret x" }""")]
    [InlineData("""{ "client_api_keys": "sk-secret" }""")]
    [InlineData("""{ "client_api_keys": ["sk-secret x"] }""")]
    [InlineData("""{ "client_api_keys": ["sk-secret", "sk-secret"] }""")]
    [InlineData("""{ "api_key_mapping": { "sk-secret": "" } }""")]
    [InlineData("""{ "api_key_mapping": { "sk-secret": "${UNSET_VARIABLE}" } }""")]
    [InlineData("""{ "api_key_mapping": { "sk-secret": { "sk-secret": 1 } } }""")]
    [InlineData("""{ "admin_token": "sk-secret x" }""")]
    [InlineData("""{ "influx_token": "sk-secret x" }""")]
    [InlineData("""{ "redis_url": "http://u:sk-secret@h" }""")]
    [InlineData("""{ "redis_url": "redis://h/0?password=sk-secret" }""")]
    [InlineData("""{ "openai_api_url": "https://h/v1?key=sk-secret" }""")]
    [InlineData("""{ "proxy_url": "u:sk-secret@h:1" }""")]
    [InlineData("""{ "openai_api_url": "https://u:sk-secret@h/" }""")]
    [InlineData("""{ "instances": [ { "name": "a", "api_key": "sk-secret x" } ] }""")]
    [Trait("req", "M6")]
    public void Load_BadSecret_IsReportedUnseen(string json)
    {
        LoadResult result = ConfigurationFolder.LoadJson(json);

        Assert.NotEmpty(result.Errors);
        Assert.DoesNotContain("secret", string.Join('\n', result.Errors), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Mapped, """{ "name": "a" }, { "name": "b", "provider_type": "venice" }""", "api_key_mapping")]
    [InlineData(Listed, """{ "name": "a", "api_base": "http://one/v1" }, { "name": "b", "api_base": "http://two/v1" }""", "client_keys")]
    [InlineData(Mapped, """{ "name": "a", "api_base": "http://one/v1" }, { "name": "b", "api_base": "http://one/v2" }""", null)]
    [InlineData(Mapped, """{ "name": "a" }, { "name": "b", "provider_type": "venice", "enabled": false }""", null)]
    [InlineData(Mapped, """{ "name": "a" }, { "name": "b", "provider_type": "azure", "api_base": "https://r", "auth": "entra" }""", null)]
    [InlineData(Unmapped, """{ "name": "a" }, { "name": "b", "provider_type": "venice" }""", null)]
    [Trait("req", "M1")]
    [Trait("row", "A4")]
    public void Load_MappedUpstreamKeysAndTwoHosts_AreRefused(string keys, string instances, string? key)
    {
        LoadResult result = ConfigurationFolder.LoadJson($$"""{ {{keys}}, "instances": [ {{instances}} ] }""");

        Assert.Equal(key, result.Errors.SingleOrDefault()?.Key);
        Assert.DoesNotContain("sk-", string.Join('\n', result.Errors), StringComparison.Ordinal);
        Assert.True(key is null || result.Errors.Single().ToString() is var text && (text.Contains("api.venice.ai", StringComparison.Ordinal) || text.Contains("two", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("""{ "host": "0.0.0.0", "openai_api_key": "sk-1" }""", false)]
    [InlineData("""{ "host": "*", "openai_api_key": "sk-1" }""", false)]
    [InlineData("""{ "host": "::", "openai_api_key": "sk-1" }""", false)]
    [InlineData("""{ "host": "0.0.0.0", "instances": [ { "name": "a" }, { "name": "b", "api_key": "k" } ] }""", false)]
    [InlineData("""{ "host": "*", "instances": [{ "name": "a", "api_base": "https://r", "provider_type": "azure", "auth": "entra" }] }""", false)]
    [InlineData("""{ "host": "0.0.0.0", "openai_api_key": "sk-1", "client_api_keys": [] }""", false)]
    [InlineData("""{ "host": "0.0.0.0", "openai_api_key": "sk-1", "client_api_keys": ["a"] }""", true)]
    [InlineData("""{ "host": "0.0.0.0", "openai_api_key": "sk-1", "api_key_mapping": { "a": "b" } }""", true)]
    [InlineData("""{ "host": "0.0.0.0", "openai_api_key": "sk-1", "allow_anonymous": true }""", true)]
    [InlineData("""{ "host": "0.0.0.0" }""", true)]
    [InlineData("""{ "host": "::1", "openai_api_key": "sk-1" }""", true)]
    [InlineData("""{ "host": "127.0.0.2", "openai_api_key": "sk-1" }""", true)]
    public void Load_OpenRelay_IsRefusedUnlessMeant(string json, bool valid)
    {
        LoadResult result = ConfigurationFolder.LoadJson(json);

        Assert.Equal(valid, result.IsValid);
        Assert.True(valid || result.Errors.Single().Key == "host");
    }

    [Fact]
    public void Load_SeveralErrors_AreReportedTogether()
    {
        LoadResult result = ConfigurationFolder.LoadJson(
            """
            {
              "endpoints": [ { "port": 70000 }, { "port": 8080 }, { "port": 8080, "priorty": 1 } ], "management_port": 8080,
              "max_retries": 3, "instances": [ { "name": "a" }, { "name": "A", "api_key": "${UNSET_VARIABLE}" }, { "provider_type": "compatible" } ],
              "openai_api_url": "https://x", "retries": { "base_delay": "2m" }
            }
            """);

        Assert.Equal(
            [
                "endpoints[0].port", "endpoints[2].port", "endpoints[2].priorty", "instances[1].api_key", "instances[1].name",
                "instances[2].api_base", "instances[2].name", "management_port", "max_retries", "openai_api_url", "retries.max_delay",
            ],
            result.Errors.Select(error => error.Key).Order(StringComparer.Ordinal));
        Assert.Contains("\"retries.max_retries\"", result.Errors.Single(error => error.Key == "max_retries").Fix, StringComparison.Ordinal);
        Assert.Contains("8080 is also the port of endpoints[1].port", result.Errors.Single(error => error.Key == "management_port").Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Load_TooManyInstances_IsRefused()
    {
        string many = string.Join(',', Enumerable.Range(0, 65).Select(i => $$"""{ "name": "i{{i}}" }"""));

        Assert.Equal("instances", Assert.Single(ConfigurationFolder.LoadJson($$"""{ "instances": [ {{many}} ] }""").Errors).Key);
    }

    [Fact]
    public void For_Overrides_WinOverScheduling()
    {
        GatewayOptions options = ConfigurationFolder.LoadJson(
            """
            { "scheduling": { "max_preemptions": 2, "queue_timeout": 9 },
              "endpoints": [ { "port": 0, "preempt_after": "auto", "max_preemptions": 0, "max_queue_length": 7,
                                 "max_queue_bytes": "2KiB", "age_limit": "5s" } ] }
            """).Options!;

        SchedulingOptions scheduling = options.Scheduling.For(options.Endpoints[0]);

        Assert.True(scheduling.PreemptAfter.IsAuto);
        Assert.Equal(0, scheduling.MaxPreemptions);
        Assert.Equal(TimeSpan.FromSeconds(9), scheduling.QueueTimeout);
        Assert.Equal(7, scheduling.MaxQueueLength);
        Assert.Equal(2048, scheduling.MaxQueueBytes);
        Assert.Equal(TimeSpan.FromSeconds(5), scheduling.AgeLimit);
    }
}
