namespace Gateway.Configuration;

/// <summary>What is configured and valid, but not acted on by this version. A feature deletes its line when it comes.</summary>
internal static class NotYetActive
{
    private static readonly IReadOnlyList<(string Key, Func<GatewayOptions, bool> IsConfigured)> Table =
    [
        ("influxdb_url", options => options.InfluxdbUrl.Length > 0),
        ("cache", options => options.Configured.Contains("cache")),
        ("otlp_endpoint", options => options.OtlpEndpoint.Length > 0),
        .. InstanceKeys.Select(key => ($"instances[].{key}", (Func<GatewayOptions, bool>)(options => IsOnAnInstance(options, key)))),
        ("instances[].max_tpm", options => options.Instances.Any(instance => instance.MaxTpm is not null)),
    ];

    private static IEnumerable<string> InstanceKeys =>
        ["rate_limit_enabled"];

    public static IReadOnlyList<string> Of(GatewayOptions options) => [.. Table.Where(line => line.IsConfigured(options)).Select(line => line.Key)];

    private static bool IsOnAnInstance(GatewayOptions options, string key) => options.Configured.Any(
        path => path.StartsWith("instances[", StringComparison.Ordinal) && path.EndsWith($".{key}", StringComparison.Ordinal));
}
