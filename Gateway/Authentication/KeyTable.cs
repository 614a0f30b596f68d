using System.Collections.Frozen;
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
        IsRequired = options.ChecksCallers;
        InstanceOptions[] instances = [.. options.Instances.Where(static instance => instance is { Enabled: true, Auth: not InstanceAuth.Entra })];
        _callers = ClientKeyList.Of(options).Where(static key => key.Enabled).Select(key => CallerOf(key, instances)).ToFrozenDictionary();
        _withoutKeys = options.Instances.Any(static instance => !string.IsNullOrEmpty(instance.ApiKey) || instance.Auth == InstanceAuth.Entra)
            ? Caller.Anonymous
            : Caller.PassThrough with { Instances = instances };
    }

    /// <summary>True when callers must show a key.</summary>
    public bool IsRequired { get; }

    /// <summary>The caller that the headers name, or null when a key is required and theirs is missing or wrong.</summary>
    public Caller? Find(IHeaderDictionary headers) => IsRequired ? FindKey(CredentialReader.Read(headers)) : _withoutKeys;

    /// <summary>As above, for a WebSocket, whose key may stand elsewhere too.</summary>
    public Caller? Find(IHeaderDictionary headers, string query) => IsRequired ? FindKey(WebSocketCredential.Read(headers, query)) : _withoutKeys;

    private static KeyValuePair<KeyDigest, Caller> CallerOf(ClientKeyOptions key, InstanceOptions[] instances)
    {
        if (!key.TryGetDigest(out KeyDigest digest))
        {
            throw new InvalidOperationException("A client key that no rule has checked.");
        }

        return KeyValuePair.Create(digest, new Caller(key.Name, IsReplaced: true, key.UpstreamKey)
        {
            Principal = digest.ToPrincipal(),
            Instances = instances,
            Limits = key is { RequestsPerMinute: null, TokensPerMinute: null } ? CallerLimits.None : new CallerLimits(key.RequestsPerMinute, key.TokensPerMinute),
            Priorities = key.Priorities?.ToFrozenSet(),
            Endpoints = EndpointRights.Of(key),
            Models = key.Models?.ToFrozenSet(StringComparer.OrdinalIgnoreCase),
        });
    }

    private Caller? FindKey(string? key) => key is not null && _callers.TryGetValue(KeyDigest.Of(key), out Caller? caller) ? caller : null;
}
