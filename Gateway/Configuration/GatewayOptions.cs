using System.Text.Json.Serialization;

namespace Gateway.Configuration;

/// <summary>
/// The whole configuration, immutable and valid. A request reads one of these from <see cref="OptionsSnapshot"/> and keeps it to its end.
/// </summary>
internal sealed record GatewayOptions
{
    /// <summary>Address to listen on: an IP address, <c>localhost</c> or <c>*</c>. Default 127.0.0.1. HOST.</summary>
    public string Host { get; init; } = "127.0.0.1";

    /// <summary>Listening ports. Default: one on 8080 with priority 1, or on PORT.</summary>
    public required IReadOnlyList<EndpointOptions> Endpoints { get; init; }

    /// <summary>
    /// Short form of one upstream: base URL, with or without <c>/v1</c>. Default https://api.openai.com/v1. OPENAI_API_URL, OPENAI_BASE_URL.
    /// </summary>
    [JsonPropertyName("openai_api_url")]
    [JsonConverter(typeof(UrlConverter))]
    public string OpenAiApiUrl { get; init; } = UpstreamUrl.OpenAi;

    /// <summary>Short form of one upstream: key. Default null = the caller's credential passes through. Secret. OPENAI_API_KEY.</summary>
    [JsonPropertyName("openai_api_key")]
    [JsonConverter(typeof(SecretConverter))]
    public string? OpenAiApiKey { get; init; }

    /// <summary>Path prefix of the API; <c>/v1</c> is always served too. Default <c>/v1</c>. PROXY_PATH_PREFIX.</summary>
    public string ProxyPathPrefix { get; init; } = "/v1";

    /// <summary>
    /// Outbound HTTP proxy of instances that set none, absolute http or https URL, with user and password where it wants them. Default empty = none.
    /// PROXY_URL.
    /// </summary>
    [JsonConverter(typeof(UrlConverter))]
    public string ProxyUrl { get; init; } = "";

    /// <summary>Upstreams, 1 to 64 (the scheduler keeps sets of them in one word). Default: the short form as the instance <c>default</c>.</summary>
    public required IReadOnlyList<InstanceOptions> Instances { get; init; }

    /// <summary>Picking among instances.</summary>
    public RoutingOptions Routing { get; init; } = new();

    /// <summary>When an instance leaves the rotation.</summary>
    public HealthOptions Health { get; init; } = new();

    /// <summary>Queues, slots and preemption.</summary>
    public SchedulingOptions Scheduling { get; init; } = new();

    /// <summary>Retries after upstream failures.</summary>
    public RetryOptions Retries { get; init; } = new();

    /// <summary>Upstream time limits.</summary>
    public TimeoutOptions Timeouts { get; init; } = new();

    /// <summary>
    /// Keys that callers may use, each as it is or as <c>sha256:</c> and its digest. Default empty = callers are not checked. Secret.
    /// CLIENT_API_KEYS (comma separated).
    /// </summary>
    [JsonConverter(typeof(SecretListConverter))]
    public IReadOnlyList<string> ClientApiKeys { get; init; } = [];

    /// <summary>
    /// Client key, as it is or as <c>sha256:</c> and its digest, to upstream key; its client keys are accepted too. Default empty. Secret.
    /// API_KEY_MAPPING (JSON object).
    /// </summary>
    [JsonConverter(typeof(SecretMapConverter))]
    public IReadOnlyDictionary<string, string> ApiKeyMapping { get; init; } = new Dictionary<string, string>();

    /// <summary>Client keys with a name and rights of their own, 1 to 10,000. Default: none.</summary>
    public IReadOnlyList<ClientKeyOptions> ClientKeys { get; init; } = [];

    /// <summary>Start although anyone who reaches the port could spend the upstream key. Default false.</summary>
    public bool AllowAnonymous { get; init; }

    /// <summary>Limits of callers. Default null = none.</summary>
    public RateLimitOptions? RateLimit { get; init; }

    /// <summary>Answer cache.</summary>
    public CacheOptions Cache { get; init; } = new();

    /// <summary>
    /// Shared cache, limits and windows: redis:// or rediss:// URL. Default empty = in process. REDIS_URL, CACHE__REDIS_URL; REDIS_PASSWORD
    /// adds the password.
    /// </summary>
    [JsonConverter(typeof(UrlConverter))]
    public string RedisUrl { get; init; } = "";

    /// <summary>
    /// File that keeps the usage statistics over restarts, written every minute; relative to the working directory. Points that wait for InfluxDB
    /// lie beside it, in a folder of its name and <c>.points</c>. Default <c>gateway.state</c>; empty = both are kept in memory only.
    /// </summary>
    public string StateFile { get; init; } = "gateway.state";

    /// <summary>InfluxDB v2 base URL, absolute http or https. Default empty = no points are written.</summary>
    [JsonConverter(typeof(UrlConverter))]
    public string InfluxdbUrl { get; init; } = "";

    /// <summary>InfluxDB token. Default null. Secret.</summary>
    [JsonConverter(typeof(SecretConverter))]
    public string? InfluxToken { get; init; }

    /// <summary>InfluxDB organisation. Default <c>openaiorg</c>.</summary>
    public string InfluxOrg { get; init; } = "openaiorg";

    /// <summary>InfluxDB bucket. Default <c>proxybucket</c>.</summary>
    public string InfluxBucket { get; init; } = "proxybucket";

    /// <summary>
    /// OpenTelemetry collector for traces, metrics and log messages, absolute http or https URL; on port 4317 by gRPC, else as protobuf over HTTP.
    /// Default empty = no export.
    /// </summary>
    [JsonConverter(typeof(UrlConverter))]
    public string OtlpEndpoint { get; init; } = "";

    /// <summary>Least severe level that is logged: TRACE, DEBUG, INFO, WARNING (WARN), ERROR, CRITICAL. Default INFO. LOG_LEVEL.</summary>
    public LogLevel LogLevel { get; init; } = LogLevel.Information;

    /// <summary>More detail in logs, never in answers. Default false. DEBUG.</summary>
    public bool Debug { get; init; }

    /// <summary>Token of the management routes. Default null = direct loopback peers only. Secret. ADMIN_TOKEN.</summary>
    [JsonConverter(typeof(SecretConverter))]
    public string? AdminToken { get; init; }

    /// <summary>
    /// Own port of the management routes. Default null = on the data ports. Range 0..65535, 0 = the system picks a free one (for tests).
    /// </summary>
    public int? ManagementPort { get; init; }

    /// <summary>Cross-origin access for browsers.</summary>
    public CorsOptions Cors { get; init; } = new();

    /// <summary>Bounds of the process.</summary>
    public LimitOptions Limits { get; init; } = new();

    /// <summary>Callers need a key; also when every key there is has been disabled.</summary>
    [JsonIgnore]
    public bool ChecksCallers => ClientApiKeys.Count > 0 || ApiKeyMapping.Count > 0 || ClientKeys.Count > 0;

    /// <summary>The keys and sections that some source has set, such as <c>cache</c> and <c>cache.ttl</c>; lists count as one key.</summary>
    [JsonIgnore]
    public IReadOnlySet<string> Configured { get; init; } = new HashSet<string>();

    /// <summary>The type's name alone: a record prints every member, and some of them are secrets.</summary>
    public override string ToString() => nameof(GatewayOptions);
}
