using System.Text.Json.Nodes;

namespace Chaos.Processes;

/// <summary>The configuration that every scenario begins with: three tiers, one instance of eight slots, a secret wherever one can be.</summary>
internal static class GatewayConfiguration
{
    public const int Slots = 8;

    public static JsonObject Create(IReadOnlyList<int> ports, int upstreamPort) => new()
    {
        ["host"] = "127.0.0.1",
        ["endpoints"] = new JsonArray([.. ports.Select(static (port, index) =>
            new JsonObject { ["port"] = port, ["priority"] = index + 1, ["preemptive"] = index < 2 })]),
        ["instances"] = new JsonArray(new JsonObject
        {
            ["name"] = "sim",
            ["provider_type"] = "openai",
            ["api_base"] = $"http://127.0.0.1:{upstreamPort}/v1",
            ["api_key"] = Canaries.Upstream,
            ["max_concurrency"] = Slots,
        }),
        ["client_api_keys"] = new JsonArray(Canaries.Client),
        ["admin_token"] = Canaries.Admin,
        ["state_file"] = "gateway.state",
    };

    public static void AddRedis(this JsonObject configuration, Server redis) =>
        configuration["redis_url"] = $"redis://:{Canaries.Redis}@127.0.0.1:{redis.Port}";

    public static void SetSlots(this JsonObject configuration, int slots) => configuration["instances"]![0]!["max_concurrency"] = slots;

    /// <summary>By the version 1 route, which the version of InfluxDB that Debian has understands.</summary>
    public static void AddInflux(this JsonObject configuration, Server influx) => configuration.AddInflux(influx.Port);

    public static void AddInflux(this JsonObject configuration, int port)
    {
        configuration["influxdb_url"] = $"http://127.0.0.1:{port}/write";
        configuration["influx_token"] = Canaries.Influx;
    }

    public static void AddLimits(this JsonObject configuration, int requests, int tokens) =>
        configuration["rate_limit"] = new JsonObject { ["requests_per_minute"] = requests, ["tokens_per_minute"] = tokens };
}
