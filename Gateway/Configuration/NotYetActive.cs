namespace Gateway.Configuration;

/// <summary>What is configured and valid, but not acted on by this version. A feature deletes its line when it comes.</summary>
internal static class NotYetActive
{
    private static readonly IReadOnlyList<(string Key, Func<GatewayOptions, bool> IsConfigured)> Table =
    [
        ("influxdb_url", options => options.InfluxdbUrl.Length > 0),
    ];

    public static IReadOnlyList<string> Of(GatewayOptions options) => [.. Table.Where(line => line.IsConfigured(options)).Select(line => line.Key)];
}
