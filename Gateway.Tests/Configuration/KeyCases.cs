namespace Gateway.Tests.Configuration;

/// <summary>For every key some values it takes and some it refuses, as JSON.</summary>
internal static class KeyCases
{
    public static readonly IReadOnlyList<(string Path, string[] Good, string[] Bad)> All =
    [
        ("$schema", ["\"./config.schema.json\""], ["1"]),
        ("host", ["\"127.0.0.1\"", "\"::1\"", "\"0.0.0.0\"", "\"*\"", "\"localhost\""], ["\"\"", "\"example.com\"", "\"http://x\"", "1", "null"]),
        ("endpoints", ["[{\"port\":1}]"], ["[]", "{}", "8080", "[1]", "null"]),
        ("endpoints[].port", ["0", "1", "65535", "\"8080\""], ["-1", "65536", "80.5", "\"http\"", "null", "true"]),
        ("endpoints[].priority", ["0", "7"], ["-1", "1.5", "\"high\"", "null"]),
        ("endpoints[].preemptive", ["true", "false", "\"true\"", "\"0\""], ["\"maybe\"", "2", "null"]),
        ("endpoints[].name", ["\"urgent-1\"", "null"], ["\"\"", "\"two words\"", "1"]),
        ("endpoints[].preempt_after", ["\"auto\"", "0", "\"250ms\"", "null"], ["-1", "\"2h\"", "\"soon\"", "true"]),
        ("endpoints[].max_preemptions", ["0", "5", "null"], ["-1", "\"many\""]),
        ("endpoints[].on_committed", ["\"protect\"", "null"], ["\"continue\"", "\"buffer\"", "\"kill\"", "1"]),
        ("endpoints[].queue_timeout", ["\"1ms\"", "60", "null"], ["0", "\"25h\"", "\"later\""]),
        ("endpoints[].max_queue_length", ["1", "null"], ["0", "\"all\""]),
        ("endpoints[].max_queue_bytes", ["1024", "\"64MiB\"", "null"], ["1023", "\"2TiB\"", "\"big\""]),
        ("endpoints[].age_limit", ["\"1s\"", "null"], ["0", "\"old\""]),
        ("endpoints[].stream_upstream", ["false", "null"], ["true", "\"maybe\""]),
        ("openai_api_url", ["\"https://api.openai.com\"", "\"http://localhost:8000/v1/\""],
            ["\"\"", "\"api.openai.com\"", "\"ftp://x/\"", "\"https://user:pass@x/\"", "\"https://x/?a=b\"", "\"https://x/#f\"", "1", "null"]),
        ("openai_api_key", ["\"sk-1\"", "\"\"", "null"], ["\"two words\"", "\"sk-\\n\"", "1"]),
        ("proxy_path_prefix", ["\"/v1\"", "\"/api/v1\""],
            ["\"v1\"", "\"/\"", "\"/v1/\"", "\"/a/../b\"", "\"/admin\"", "\"/stats/x\"", "\"/a?b\"", "\"\"", "1"]),
        ("proxy_url", ["\"\"", "\"http://user:pass@proxy:3128\""], ["\"proxy:3128\"", "\"socks5://proxy\"", "1"]),
        ("instances", ["[{\"name\":\"a\"}]"], ["[]", "{}", "\"a\"", "[\"a\"]", "null"]),
        ("instances[].name", ["\"a\"", "\"azure.east_1-x\""], ["\"\"", "\"a b\"", "\"-a\"", "1", "null"]),
        ("instances[].api_base", ["\"https://x.example\""], ["\"\"", "\"x.example\"", "\"https://u@x/\"", "1", "null"]),
        ("instances[].provider_type", ["\"openai\"", "\"venice\""], ["\"bedrock\"", "1", "null"]),
        ("instances[].api_key", ["\"sk-1\"", "\"\"", "null"], ["\"a b\"", "1"]),
        ("instances[].api_version", ["\"v1\"", "\"2024-05-01-preview\""], ["\"\"", "\"a&b=c\"", "1", "null"]),
        ("instances[].auth", ["\"key\""], ["\"entra\"", "\"cert\"", "null"]),
        ("instances[].priority", ["0", "1"], ["-1", "null"]),
        ("instances[].weight", ["1", "1000"], ["0", "1001", "null"]),
        ("instances[].max_concurrency", ["1", "\"8\""], ["0", "\"no\"", "null"]),
        ("instances[].max_tpm", ["1", "null"], ["0", "\"no\""]),
        ("instances[].max_input_tokens", ["1", "null"], ["0", "\"no\""]),
        ("instances[].supported_models", ["[]", "[\"gpt-4\"]"], ["\"gpt-4\"", "[\"\"]", "[1]", "[null]", "null"]),
        ("instances[].model_deployments", ["{}", "{\"gpt-4\":\"d\"}"],
            ["[]", "{\"a\":1}", "{\"a\":\"\"}", "{\"gpt-3.5\":\"a\",\"GPT_35\":\"b\"}", "null"]),
        ("instances[].remove_parameters", ["[]", "[\"logprobs\"]", "null"], ["\"logprobs\"", "[\"\"]"]),
        ("instances[].embeddings_base64_to_float", ["true"], ["\"yes please\"", "null"]),
        ("instances[].proxy_url", ["\"\"", "\"http://proxy:3128\""], ["\"proxy\"", "null"]),
        ("instances[].http_version", ["\"auto\"", "\"1.1\"", "\"2\""], ["\"3\"", "2", "null"]),
        ("instances[].timeout_seconds", ["1", "300", "null"], ["0", "\"5m\""]),
        ("instances[].retry_count", ["0", "null"], ["-1", "101"]),
        ("instances[].rate_limit_enabled", ["false"], ["\"off\"", "null"]),
        ("instances[].enabled", ["false"], ["\"off\"", "null"]),
        ("routing", ["{}"], ["\"failover\"", "[]", "null"]),
        ("routing.strategy", ["\"failover\"", "\"weighted\"", "\"round_robin\"", "\"composite\""], ["\"random\"", "1"]),
        ("routing.retries", ["0", "64"], ["65", "-1"]),
        ("routing.timeout", ["30", "\"1m\""], ["\"2h\"", "-1"]),
        ("health", ["{}"], ["true"]),
        ("health.interval", ["\"30s\""], ["0", "\"2h\""]),
        ("health.failure_ratio", ["0.5", "1"], ["0", "1.1", "\"half\""]),
        ("health.minimum_calls", ["2"], ["1"]),
        ("health.break", ["\"500ms\""], ["\"499ms\""]),
        ("health.active", ["false"], ["\"sometimes\""]),
        ("scheduling", ["{}"], ["8"]),
        ("scheduling.max_concurrency", ["1"], ["0", "100001"]),
        ("scheduling.preempt_after", ["0", "\"auto\"", "\"1h\""], ["\"61m\"", "\"never\"", "null"]),
        ("scheduling.max_preemptions", ["0"], ["-1"]),
        ("scheduling.on_committed", ["\"protect\""], ["\"continue\"", "\"buffer\"", "\"x\"", "null"]),
        ("scheduling.max_queue_length", ["1"], ["0"]),
        ("scheduling.max_queue_bytes", ["\"1KiB\""], ["1", "\"1XB\""]),
        ("scheduling.queue_timeout", ["\"10m\"", "\"00:10:00\""], ["0", "\"10 minutes\""]),
        ("scheduling.release_delay", ["0", "\"50ms\""], ["\"2m\""]),
        ("scheduling.cancel_confirm_timeout", ["\"10s\""], ["\"1ms\""]),
        ("scheduling.age_limit", ["null", "\"1h\""], ["\"1ms\""]),
        ("retries", ["{}"], ["3"]),
        ("retries.max_retries", ["0", "\"5\""], ["-1"]),
        ("retries.base_delay", ["1.0", "0"], ["-1", "\"2h\""]),
        ("retries.max_delay", ["\"60s\""], ["\"2h\"", "0"]),
        ("retries.rate_limit_wait", ["30"], ["\"x\""]),
        ("retries.retry_unanswered", ["true"], ["2"]),
        ("retries.budget", ["0", "0.2", "1"], ["-0.1", "1.1"]),
        ("retries.failures_per_30s", ["8"], ["0"]),
        ("timeouts", ["{}"], ["300"]),
        ("timeouts.connect", ["\"10s\""], ["0", "\"11m\""]),
        ("timeouts.first_byte", ["300", "\"5m\""], ["0", "\"25h\""]),
        ("timeouts.idle", ["\"5m\""], ["0"]),
        ("timeouts.total", ["null", "\"1h\""], ["0", "\"for ever\""]),
        ("client_api_keys", ["[]", "[\"a\",\"b\"]"], ["[\"\"]", "[\"a\",\"a\"]", "[\"a b\"]", "\"a\"", "[1]", "null"]),
        ("api_key_mapping", ["{}", "{\"a\":\"sk-1\"}"], ["{\"\":\"sk\"}", "{\"a\":\"\"}", "{\"a\":1}", "[]", "null"]),
        ("allow_anonymous", ["true"], ["\"perhaps\"", "null"]),
        ("rate_limit", ["null", "{}"], ["60", "[]"]),
        ("rate_limit.requests_per_minute", ["1", "null"], ["0", "\"x\""]),
        ("rate_limit.tokens_per_minute", ["1", "null"], ["0"]),
        ("rate_limit.requests_per_minute_per_ip", ["1", "null"], ["0"]),
        ("rate_limit.known_proxies", ["[\"10.0.0.0/8\",\"::1\"]"], ["[\"proxy\"]", "\"10.0.0.1\"", "[\"10.0.0.0/40\"]"]),
        ("cache", ["{}"], ["true", "null"]),
        ("cache.enabled", ["false"], ["\"some\""]),
        ("cache.policy", ["\"deterministic\"", "\"aggressive\""], ["\"all\""]),
        ("cache.ttl", ["\"5m\"", "300"], ["0", "\"31d\""]),
        ("cache.models_ttl", ["\"5m\""], ["0"]),
        ("cache.max_size_mb", ["1"], ["0", "\"100MB\""]),
        ("cache.cacheable_status", ["[200,201,400,401]"], ["[500]", "200", "[\"ok\"]", "null"]),
        ("redis_url", ["\"\"", "\"redis://localhost:6379/0\"", "\"rediss://:p@h\""], ["\"localhost:6379\"", "\"http://x\"", "1"]),
        ("influxdb_url", ["\"\"", "\"http://localhost:8086\""], ["\"localhost\"", "1"]),
        ("influx_token", ["\"t==\"", "\"\""], ["\"a b\""]),
        ("influx_org", ["\"my org\""], ["\"\"", "\" x\"", "1"]),
        ("influx_bucket", ["\"b\""], ["\"\"", "null"]),
        ("otlp_endpoint", ["\"\"", "\"http://localhost:4317\""], ["\"localhost:4317\""]),
        ("log_level", ["\"INFO\"", "\"debug\"", "\"WARN\"", "\"WARNING\"", "\"CRITICAL\""], ["\"LOUD\"", "\"\"", "2"]),
        ("debug", ["true", "\"1\""], ["\"*\"", "null"]),
        ("admin_token", ["\"t\"", "\"\"", "null"], ["\" \"", "1"]),
        ("management_port", ["0", "9090", "null"], ["65536", "-1", "8080"]),
        ("cors", ["{}"], ["\"*\""]),
        ("cors.origins", ["[\"*\"]", "[\"https://a.example\",\"http://localhost:3000\"]"],
            ["[\"https://a.example/path\"]", "[\"a\"]", "\"*\"", "[\"*\",\"https://a\"]"]),
        ("limits", ["{}"], ["1"]),
        ("limits.max_body_bytes", ["\"32MiB\""], ["1", "\"2GiB\""]),
        ("limits.max_upload_bytes", ["\"512MiB\""], ["1", "\"1MiB\""]),
        ("limits.buffered_bytes", ["\"1GiB\""], ["1", "\"1MiB\""]),
        ("limits.spilled_bytes", ["\"8GiB\""], ["1", "\"1MiB\""]),
        ("limits.max_connections", ["20000"], ["0"]),
        ("limits.drain_timeout", ["0", "\"10m\""], ["\"25h\""]),
    ];

    /// <summary>The smallest configuration that gives the key this value, and where the value stands in it.</summary>
    public static (string Json, string Path) Document(string path, string value)
    {
        string[] parts = path.Split('.');
        string head = parts[0].Replace("[]", "", StringComparison.Ordinal);
        if (parts.Length == 1)
        {
            return ($"{{ \"{head}\": {value} }}", head);
        }

        string pair = $"\"{parts[1]}\": {value}";
        string needed = (parts[0], parts[1]) switch
        {
            ("endpoints[]", not "port") => "\"port\": 0, ",
            ("instances[]", not "name") => "\"name\": \"a\", ",
            _ => "",
        };
        return parts[0].EndsWith("[]", StringComparison.Ordinal)
            ? ($"{{ \"{head}\": [{{ {needed}{pair} }}] }}", $"{head}[0].{parts[1]}")
            : ($"{{ \"{head}\": {{ {pair} }} }}", $"{head}.{parts[1]}");
    }
}
