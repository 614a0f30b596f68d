using System.Text;
using Gateway.Configuration;
using Gateway.Tests.Configuration;
using Gateway.Tests.Tidy;
using Xunit;

namespace Gateway.Tests.Fuzzing.Targets;

/// <summary>A configuration file: never an exception; refused with errors that name a key, or good, and then what is in force reads back the same.</summary>
/// <param name="format">Its ending.</param>
internal sealed class ConfigurationTarget(string format) : FuzzTarget
{
    private static readonly string[] Json =
    [
        SourceTree.File("config.json").Text,
        """{"endpoints":[{"port":8080,"priority":1,"preemptive":true,"name":"urgent","preempt_after":"250ms"},{"port":8081,"priority":2}],"openai_api_url":"https://api.openai.com/v1","openai_api_key":"sk-x","influxdb_url":"http://i:8086","influx_token":"t","influx_org":"o","influx_bucket":"b"}""",
        """{"instances":[{"name":"a","provider_type":"azure","api_base":"https://a.example","api_key":"${KEY:none}","api_version":"v1","model_deployments":{"gpt-4":"dep"},"supported_models":["gpt-4"],"max_tpm":1000,"weight":3,"max_concurrency":4,"timeout_seconds":30}],"routing":{"strategy":"composite","retries":2,"timeout":"30s"}}""",
        """{"client_keys":[{"name":"ann","key":"sk-ann","priorities":[1],"models":["m"],"requests_per_minute":5}],"client_api_keys":["sk-a"],"api_key_mapping":{"sk-b":"sk-up"},"admin_token":"t-0123456789abcd","rate_limit":{"requests_per_minute":60,"tokens_per_minute":null,"known_proxies":["10.0.0.0/8"]},"allow_anonymous":true}""",
        """{"cache":{"enabled":true,"policy":"aggressive","ttl":"5m","max_size_mb":10,"cacheable_status":[200,400]},"retries":{"max_retries":3,"base_delay":1.5},"timeouts":{"connect":"1s","first_byte":300,"idle":"00:05:00","total":null},"limits":{"max_body_bytes":"32MiB"},"cors":{"origins":["https://a.example"]},"scheduling":{"max_concurrency":8,"age_limit":"1m","preempt_after":"auto"},"health":{"interval":"30s","failure_ratio":0.5},"redis_url":"redis://:p@h:1/2","log_level":"DEBUG"}""",
    ];

    private static readonly string[] Yaml =
    [
        "endpoints:\n  - port: 8080\n    priority: 1\n    preemptive: true\n  - {port: 8081, priority: 2}\nopenai_api_key: \"sk-x\"\n",
        "defaults: &d\n  weight: 3\ninstances:\n  - name: a\n    api_base: https://a.example\n    supported_models: [gpt-4, 'x']\n    max_tpm: 1_000\nrouting: {strategy: weighted}\n",
        "cache:\n  ttl: 5m\n  max_size_mb: 10\ntimeouts:\n  total: ~\n# comment\nlog_level: INFO\n...\n---\nport: 1\n", "rate_limit: null\nclient_api_keys:\n- |\n  sk-a\n- >-\n  sk-b\n",
    ];

    private static readonly string[] Names = ["endpoints", "instances", "priority", "port", "cache", "ttl", "rate_limit", "timeouts", "api_base", "name", "proxy_url", "redis_url", "host"];

    private readonly ConfigurationFolder _folder = new();

    public override string Name => "configuration-" + format;

    public override int ShortInputs => 500;

    public override IReadOnlyList<byte[]> Seeds { get; } = Texts(format == "json" ? Json : Yaml);

    public override IReadOnlyList<string> Words { get; } =
    [
        .. Names.Select(name => format == "json" ? $"\"{name}\":" : $"\n{name}: "),
        "{", "}", "[", "]", ",", ":", "\"", "\\", "null", "true", "\"x\"", "${", "${A}", "${A:b}", "$${", "}", "\\ud800", "\\u0000", "1e400", "-1", "0.5", "\"5m\"", "\"10675199.02:48:05\"", "/*", "//", "http://",
        "\n", "\n  ", "- ", "&a ", "*a", "<<: *a", "!!binary ", "? ", "| ", "%YAML 1.1", "---", "é", "\0", "\uFEFF", "\t",
    ];

    public override IReadOnlyList<string> Reaches => ["refused", "good"];

    public override ValueTask<string> TryAsync(byte[] input)
    {
        string file = "config." + format;
        File.WriteAllBytes(Path.Combine(_folder.Root, file), input);
        LoadResult result = _folder.Load("--config", file);
        AssertErrors(result);
        if (!result.IsValid)
        {
            return new("refused");
        }

        string inForce = EffectiveConfiguration.ToJson(result.Options);
        _ = EffectiveConfiguration.Describe(result.Options).ToJsonString();
        Assert.Equal(inForce, EffectiveConfiguration.ToJson(_folder.Load("--config", file).Options!));
        return new("good");
    }

    protected override ValueTask StopAsync()
    {
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }

    public static void AssertErrors(LoadResult result)
    {
        Assert.NotEqual(result.IsValid, result.Errors.Count > 0);
        Assert.All(result.Errors, static error => Assert.True(error is { Key.Length: > 0, Message.Length: > 0, Fix.Length: > 0 }, $"{error} says too little"));
        Assert.All(result.Errors, static error => Assert.DoesNotContain('\n', Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(error.Message))));
    }
}
