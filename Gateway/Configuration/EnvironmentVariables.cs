using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Gateway.Configuration;

/// <summary>
/// The one table from environment variables to keys. The framework's own provider would read <c>__</c> as a level and make <c>RATE_LIMIT</c> and
/// <c>RATE_LIMIT__REQUESTS_PER_MINUTE</c> the same node. An empty variable counts as unset. Later lines win.
/// </summary>
internal sealed class EnvironmentVariables
{
    private const string RateLimitKey = "rate_limit";
    private const string PerIpKey = "requests_per_minute_per_ip";

    private readonly JsonObject _tree;
    private readonly ReadContext _context;
    private readonly IReadOnlySet<string> _used;
    private readonly List<string> _notes;
    private readonly bool _hasEndpoints;
    private readonly bool _hasInstances;
    private readonly bool _hasRateLimit;
    private Entry? _redisPassword;

    /// <param name="tree">The files' tree, to be changed.</param>
    /// <param name="context">Gets errors and origins.</param>
    /// <param name="used">Variables the files refer to: those have their use.</param>
    /// <param name="notes">Gets a line for each variable that changes nothing.</param>
    public EnvironmentVariables(JsonObject tree, ReadContext context, IReadOnlySet<string> used, List<string> notes)
    {
        _tree = tree;
        _context = context;
        _used = used;
        _notes = notes;
        _hasEndpoints = tree.ContainsKey("endpoints");
        _hasInstances = tree.ContainsKey("instances");
        _hasRateLimit = tree[RateLimitKey] is not null;
    }

    /// <summary>Variable, the key it sets, and how.</summary>
    public static IReadOnlyList<(string Variable, string Key, Action<EnvironmentVariables, Entry> Set)> Table { get; } =
    [
        ("HOST", "host", Text),
        ("PORT", "endpoints", Port),
        ("OPENAI_BASE_URL", "openai_api_url", ShortForm),
        ("OPENAI_API_URL", "openai_api_url", ShortForm),
        ("OPENAI_API_KEY", "openai_api_key", ShortForm),
        ("PROXY_PATH_PREFIX", "proxy_path_prefix", Text),
        ("PROXY_URL", "proxy_url", Text),
        ("CLIENT_API_KEYS", "client_api_keys", List),
        ("API_KEY_MAPPING", "api_key_mapping", Map),
        ("CACHE__REDIS_URL", "redis_url", Text),
        ("REDIS_URL", "redis_url", Text),
        ("REDIS_PASSWORD", "redis_url", RedisPassword),
        ("RATE_LIMIT", "rate_limit.requests_per_minute_per_ip", Text),
        ("RATE_LIMIT__REQUESTS_PER_MINUTE", "rate_limit.requests_per_minute", Text),
        ("RATE_LIMIT__TOKENS_PER_MINUTE", "rate_limit.tokens_per_minute", Text),
        ("CACHE_TTL", "cache.ttl", Text),
        ("MAX_CACHE_SIZE", "cache.max_size_mb", Text),
        ("TIMEOUT", "timeouts.first_byte", Text),
        ("REQUEST_TIMEOUT", "timeouts.first_byte", Text),
        ("MAX_RETRIES", "retries.max_retries", Text),
        ("BASE_RETRY_DELAY", "retries.base_delay", Text),
        ("RATE_LIMIT_WAIT", "retries.rate_limit_wait", Text),
        ("DEFAULT_MAX_TPM", "max_tpm", EachInstance),
        ("DEFAULT_MAX_INPUT_TOKENS", "max_input_tokens", EachInstance),
        ("LOG_LEVEL", "log_level", Text),
        ("DEBUG", "debug", Text),
        ("ADMIN_TOKEN", "admin_token", Text),
    ];

    /// <summary>Sets what one source of variables holds. Called for <c>.env</c> first and then for the process environment.</summary>
    public void Apply(IReadOnlyDictionary<string, string> variables)
    {
        foreach ((string variable, string key, Action<EnvironmentVariables, Entry> set) in Table)
        {
            if (variables.TryGetValue(variable, out string? value) && value.Length > 0)
            {
                set(this, new Entry(variable, key, value));
            }
        }
    }

    /// <summary>What depends on more than one variable. Called once, after the last source.</summary>
    public void Finish()
    {
        // RATE_LIMIT alone asks for a limit per IP; the defaults per caller would come as a surprise on top of it.
        if (!_hasRateLimit && _tree[RateLimitKey] is JsonObject { Count: 1 } limits && limits.ContainsKey(PerIpKey))
        {
            limits["requests_per_minute"] = null;
            limits["tokens_per_minute"] = null;
        }

        if (_redisPassword is { } entry)
        {
            SetRedisPassword(entry);
        }
    }

    private static void Text(EnvironmentVariables to, Entry entry) => to.Set(entry, JsonValue.Create(entry.Value));

    private static void ShortForm(EnvironmentVariables to, Entry entry)
    {
        if (to._hasInstances)
        {
            to.Ignore(entry, "the upstreams are in \"instances\"");
            return;
        }

        Text(to, entry);
    }

    private static void Port(EnvironmentVariables to, Entry entry)
    {
        if (to._hasEndpoints)
        {
            to.Ignore(entry, "the ports are in \"endpoints\"");
            return;
        }

        to.Set(entry, new JsonArray(new JsonObject { ["port"] = entry.Value, ["priority"] = 1 }));
        to._context.SetBy("endpoints[0].port", entry.Variable);
    }

    private static void List(EnvironmentVariables to, Entry entry) =>
        to.Set(entry, new JsonArray([.. entry.Value.Split(',', StringSplitOptions.TrimEntries).Select(item => JsonValue.Create(item))]), "them in one line, with commas in between");

    private static void Map(EnvironmentVariables to, Entry entry)
    {
        JsonNode? map = null;
        try
        {
            map = JsonTree.Parse(entry.Value, new JsonDocumentOptions { AllowDuplicateProperties = false });
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Falls through to the binder's error, which knows what was expected. The text is a secret.
        }

        to.Set(entry, map, "a JSON object such as {\"client key\": \"upstream key\"}");
    }

    // Waits for Finish: the URL may come from a later source than the password.
    private static void RedisPassword(EnvironmentVariables to, Entry entry) => to._redisPassword = entry;

    private static void EachInstance(EnvironmentVariables to, Entry entry)
    {
        if (!to._hasInstances || to._tree["instances"] is not JsonArray instances)
        {
            to.Ignore(entry, "it needs \"instances\"");
            return;
        }

        for (int i = 0; i < instances.Count; i++)
        {
            string path = string.Create(CultureInfo.InvariantCulture, $"instances[{i}].{entry.Key}");
            if (instances[i] is JsonObject instance && (!instance.ContainsKey(entry.Key) || to._context.IsSetByVariable(path)))
            {
                instance[entry.Key] = entry.Value;
                to._context.SetBy(path, entry.Variable);
            }
        }
    }

    private void SetRedisPassword(Entry entry)
    {
        const string Key = "redis_url";
        string text = _tree[Key] is JsonValue value && value.TryGetValue(out string? written) ? written : "";
        if (!Uri.TryCreate(text, UriKind.Absolute, out Uri? url) || url.UserInfo.Length > 0)
        {
            Ignore(entry, url is null ? "there is no Redis URL" : "the Redis URL has its own credentials");
            return;
        }

        int host = text.IndexOf("://", StringComparison.Ordinal) + 3;
        _tree[Key] = $"{text.AsSpan(0, host)}:{Uri.EscapeDataString(entry.Value)}@{text.AsSpan(host)}";
    }

    private void Ignore(Entry entry, string reason)
    {
        if (!_used.Contains(entry.Variable))
        {
            _notes.Add($"{entry.Variable} changes nothing: {reason}.");
        }
    }

    private void Set(Entry entry, JsonNode? value, string? form = null)
    {
        string[] parts = entry.Key.Split('.');
        JsonObject section = _tree;
        foreach (string part in parts.AsSpan(0, parts.Length - 1))
        {
            if (section[part] is null)
            {
                section[part] = new JsonObject();
            }

            if (section[part] is not JsonObject inner)
            {
                // The file has something else there, which the binder reports.
                return;
            }

            section = inner;
        }

        section[parts[^1]] = value;
        _context.SetBy(entry.Key, entry.Variable, form);
    }

    /// <summary>One variable that is set, and its key.</summary>
    public readonly record struct Entry(string Variable, string Key, string Value);
}
