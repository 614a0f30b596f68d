using Gateway.Scheduling;

namespace Gateway.Configuration;

/// <summary>Reads the root. What a default depends on is read before what uses it.</summary>
internal static class GatewayBinder
{
    private const int MaxEndpoints = 64;
    private const int DefaultPort = 8080;

    // Of random hexadecimal digits, that many are 64 bits.
    private const int MinAdminToken = 16;

    private const string HttpUrl = "an absolute http or https URL without query or fragment, or empty";

    public static GatewayOptions Bind(NodeReader r)
    {
        var d = new GatewayOptions { Endpoints = [], Instances = [] };

        // Editors read it; the gateway only lets it stand.
        r.Text("$schema", "", "the address of the JSON schema", _ => true);
        string host = r.Text("host", d.Host, "an IP address, \"localhost\" or \"*\"", ValueRules.IsHost);
        IReadOnlyList<EndpointOptions>? endpoints = r.Sections("endpoints", MaxEndpoints, EndpointBinder.Bind);
        string url = r.Text("openai_api_url", d.OpenAiApiUrl, "an absolute http or https URL without user, query or fragment",
            ValueRules.IsBaseUrl);
        string? key = r.Secret("openai_api_key");
        string prefix = r.Text("proxy_path_prefix", d.ProxyPathPrefix, "a path such as \"/api/v1\", below none of the gateway's own routes",
            ValueRules.IsPathPrefix);
        string proxy = r.Text("proxy_url", d.ProxyUrl, HttpUrl, ValueRules.IsEmptyOrHttpUrl);
        SchedulingOptions scheduling = r.Section("scheduling", SectionBinder.Scheduling);
        IReadOnlyList<InstanceOptions>? instances = r.Sections("instances", InstanceSet.MaxInstances,
            i => InstanceBinder.Bind(i, scheduling.MaxConcurrency, proxy));
        if (instances is not null)
        {
            RefuseShortForm(r);
        }

        var options = new GatewayOptions
        {
            Host = host,
            Endpoints = endpoints ?? [new EndpointOptions { Port = DefaultPort }],
            OpenAiApiUrl = url,
            OpenAiApiKey = key,
            ProxyPathPrefix = prefix,
            ProxyUrl = proxy,
            Instances = instances ?? [InstanceBinder.ShortForm(url, key, scheduling.MaxConcurrency, proxy)],
            Routing = r.Section("routing", SectionBinder.Routing),
            Health = r.Section("health", SectionBinder.Health),
            Scheduling = scheduling,
            Retries = r.Section("retries", SectionBinder.Retries),
            Timeouts = r.Section("timeouts", SectionBinder.Timeouts),
            ClientApiKeys = r.SecretList("client_api_keys"),
            ApiKeyMapping = r.TextMap("api_key_mapping", "a map of client keys to upstream keys, all of visible ASCII without blanks and not empty",
                ValueRules.IsHeaderSafe, secret: true),
            ClientKeys = r.Sections("client_keys", ClientKeyBinder.MaxKeys, ClientKeyBinder.Bind) ?? [],
            AllowAnonymous = r.Flag("allow_anonymous", d.AllowAnonymous),
            RateLimit = r.OptionalSection("rate_limit", SectionBinder.RateLimit),
            Cache = r.Section("cache", SectionBinder.Cache),
            RedisUrl = r.Text("redis_url", d.RedisUrl, "redis[s]://[:password@]host[:port][/database], without a user name other than \"default\", or empty", ValueRules.IsEmptyOrRedisUrl),
            StateFile = r.Text("state_file", d.StateFile, "the path of a file, or empty", ValueRules.IsEmptyOrFilePath),
            InfluxdbUrl = r.Text("influxdb_url", d.InfluxdbUrl, HttpUrl, ValueRules.IsEmptyOrHttpUrl),
            InfluxToken = r.Secret("influx_token"),
            InfluxOrg = r.Text("influx_org", d.InfluxOrg, "a name", ValueRules.IsWord),
            InfluxBucket = r.Text("influx_bucket", d.InfluxBucket, "a name", ValueRules.IsWord),
            OtlpEndpoint = r.Text("otlp_endpoint", d.OtlpEndpoint, HttpUrl, ValueRules.IsEmptyOrHttpUrl),
            LogLevel = r.Choice("log_level", d.LogLevel, EnumText.LogLevels),
            Debug = r.Flag("debug", d.Debug),
            AdminToken = r.Secret("admin_token", MinAdminToken),
            ManagementPort = r.WholeOrNull("management_port", d.ManagementPort, 0, 65535),
            Cors = r.Section("cors", SectionBinder.Cors),
            Limits = r.Section("limits", SectionBinder.Limits),
        };
        CrossRules.Check(options, r);
        return options;
    }

    /// <summary>Two ways to say where requests go: guessing which one is meant could send them, and a key, to the wrong place.</summary>
    private static void RefuseShortForm(NodeReader r)
    {
        foreach (string key in (ReadOnlySpan<string>)["openai_api_url", "openai_api_key"])
        {
            if (r.Has(key))
            {
                r.Report(key, "stands beside \"instances\"", "Keep one form: move it into an entry of \"instances\", or remove \"instances\".");
            }
        }
    }
}
