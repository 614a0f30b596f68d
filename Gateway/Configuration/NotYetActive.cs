namespace Gateway.Configuration;

/// <summary>What is configured and valid, but not acted on by this version. A feature deletes its line when it comes.</summary>
internal static class NotYetActive
{
    private static readonly IReadOnlyList<(string Key, Func<GatewayOptions, bool> IsConfigured)> Table =
    [
        ("influxdb_url", options => options.InfluxdbUrl.Length > 0),
        ("redis_url", options => options.RedisUrl.Length > 0),
        ("rate_limit", options => options.RateLimit is not null),
        ("cache", options => options.Configured.Contains("cache")),
        ("otlp_endpoint", options => options.OtlpEndpoint.Length > 0),
        ("routing.retries", options => options.Configured.Contains("routing.retries")),
        ("routing.timeout", options => options.Configured.Contains("routing.timeout")),
        ("health", options => options.Configured.Contains("health")),
        ("retries", options => options.Configured.Contains("retries")),
        ("cors.origins", options => options.Cors.Origins.Count > 0),
        ("instances[].provider_type azure", options => options.Instances.Any(instance => instance.ProviderType == ProviderType.Azure)),
        ("instances[].provider_type venice", options => options.Instances.Any(instance => instance.ProviderType == ProviderType.Venice)),
        .. InstanceKeys.Select(key => ($"instances[].{key}", (Func<GatewayOptions, bool>)(options => IsOnAnInstance(options, key)))),
        ("instances[].max_tpm", options => options.Instances.Any(instance => instance.MaxTpm is not null)),
        ("instances[].max_input_tokens", options => options.Instances.Any(instance => instance.MaxInputTokens is not null)),
    ];

    private static IEnumerable<string> InstanceKeys =>
        ["retry_count", "rate_limit_enabled", "api_version", "auth", "model_deployments", "remove_parameters", "embeddings_base64_to_float"];

    public static IReadOnlyList<string> Of(GatewayOptions options) => [.. Table.Where(line => line.IsConfigured(options)).Select(line => line.Key)];

    private static bool IsOnAnInstance(GatewayOptions options, string key) => options.Configured.Any(
        path => path.StartsWith("instances[", StringComparison.Ordinal) && path.EndsWith($".{key}", StringComparison.Ordinal));
}
