using System.Collections.Frozen;
using System.Globalization;
using Gateway.Configuration;

namespace Gateway.Authentication;

/// <summary>
/// The client keys as SHA-256 digests. A key is looked up by its digest, so neither the comparison's time nor the table tells
/// anything about a key: one changed bit changes the whole digest.
/// </summary>
internal sealed class KeyTable
{
    private readonly FrozenDictionary<KeyDigest, Caller> _callers;
    private readonly Caller _withoutKeys;

    public KeyTable(GatewayOptions options)
    {
        string[] keys = [.. options.ClientApiKeys.Concat(options.ApiKeyMapping.Keys).Distinct(StringComparer.Ordinal)];
        _callers = keys
            .Select((key, index) => KeyValuePair.Create(
                KeyDigest.Of(key),
                new Caller($"key-{(index + 1).ToString(CultureInfo.InvariantCulture)}", IsReplaced: true, options.ApiKeyMapping.GetValueOrDefault(key))
                {
                    Principal = KeyDigest.Of(key).ToPrincipal(),
                }))
            .ToFrozenDictionary();
        _withoutKeys = options.Instances.Any(static instance => !string.IsNullOrEmpty(instance.ApiKey) || instance.Auth == InstanceAuth.Entra)
            ? Caller.Anonymous
            : Caller.PassThrough;
    }

    /// <summary>True when callers must show a key.</summary>
    public bool IsRequired => _callers.Count > 0;

    /// <summary>The caller that the headers name, or null when a key is required and theirs is missing or wrong.</summary>
    public Caller? Find(IHeaderDictionary headers) => IsRequired ? FindKey(CredentialReader.Read(headers)) : _withoutKeys;

    /// <summary>As above, for a WebSocket, whose key may stand elsewhere too.</summary>
    public Caller? Find(IHeaderDictionary headers, string query) => IsRequired ? FindKey(WebSocketCredential.Read(headers, query)) : _withoutKeys;

    private Caller? FindKey(string? key) => key is not null && _callers.TryGetValue(KeyDigest.Of(key), out Caller? caller) ? caller : null;
}
