using System.Text.Json.Serialization;

namespace Gateway.Configuration;

/// <summary>One client key with what it may do. Key: an entry of <c>client_keys</c>.</summary>
internal sealed record ClientKeyOptions
{
    /// <summary>Label in logs, InfluxDB and traces, never in metrics; of at most 64 letters, digits, ".", "_" or "-". Required; each key has its own.</summary>
    public required string Name { get; init; }

    /// <summary>The key, or <c>sha256:</c> and its digest. Required unless <c>sha256</c> is there. Secret.</summary>
    [JsonConverter(typeof(SecretConverter))]
    public string? Key { get; init; }

    /// <summary>The key's SHA-256 digest as 64 hexadecimal digits, in the place of <c>key</c>. Secret.</summary>
    [JsonConverter(typeof(SecretConverter))]
    public string? Sha256 { get; init; }

    /// <summary>Key that the upstream gets for this caller. Default null = the instance's own. Secret.</summary>
    [JsonConverter(typeof(SecretConverter))]
    public string? UpstreamKey { get; init; }

    /// <summary>Priorities of the endpoints that the key may use. Default null = all.</summary>
    public IReadOnlyList<int>? Priorities { get; init; }

    /// <summary>
    /// Endpoints of the API that the key may use, each with or without a method: <c>POST /chat/completions</c>, <c>/files/{id}</c>, <c>/files/*</c>.
    /// Default null = all but those that lead past the gateway; with <c>models</c>, those that take a model and reach nothing stored.
    /// </summary>
    public IReadOnlyList<string>? Endpoints { get; init; }

    /// <summary>Models that the key may use; upper and lower case are the same. Default null = all.</summary>
    public IReadOnlyList<string>? Models { get; init; }

    /// <summary>Requests per minute, 1 to 10^9. Default null = that of <c>rate_limit</c>.</summary>
    public int? RequestsPerMinute { get; init; }

    /// <summary>Tokens per minute, 1 to 10^9. Default null = that of <c>rate_limit</c>.</summary>
    public int? TokensPerMinute { get; init; }

    /// <summary>False: the key is refused like one that is not known. Default true.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>False for a digest that is none.</summary>
    public bool TryGetDigest(out KeyDigest digest)
    {
        digest = default;
        return Sha256 is not null ? KeyDigest.TryParseHex(Sha256, out digest) : Key is not null && KeyDigest.TryParse(Key, out digest);
    }

    /// <summary>The name alone: a record prints every member, and some of them are secrets.</summary>
    public override string ToString() => Name;
}
