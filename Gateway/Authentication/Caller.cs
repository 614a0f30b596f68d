using System.Collections.Frozen;
using Gateway.Configuration;

namespace Gateway.Authentication;

/// <summary>Who calls, and with which credential the upstream is called for them.</summary>
/// <param name="Name">Safe to log: a label or a number, never the key. Null without client keys.</param>
/// <param name="IsReplaced">The caller's credential stops here; otherwise it passes through untouched.</param>
/// <param name="UpstreamKey">The key mapped to this caller; null takes the instance's own.</param>
internal sealed record Caller(string? Name, bool IsReplaced, string? UpstreamKey)
{
    /// <summary>No client keys and no upstream key: the caller's own credential reaches the upstream.</summary>
    public static Caller PassThrough { get; } = new(null, IsReplaced: false, null);

    /// <summary>No client keys, but the gateway has an upstream key of its own.</summary>
    public static Caller Anonymous { get; } = new(null, IsReplaced: true, null);

    /// <summary>
    /// What the limits and the cache know this caller by: the same for the same key, whatever its name, place or form in the configuration, in
    /// every process. Null for callers without a key.
    /// </summary>
    public UInt128? Principal { get; init; }

    /// <summary>What this caller may use of a minute, where that differs from the default.</summary>
    public CallerLimits Limits { get; init; } = CallerLimits.None;

    /// <summary>The tiers that this caller may use; null = all.</summary>
    public FrozenSet<int>? Priorities { get; init; }

    /// <summary>The models that this caller may use; null = all.</summary>
    public FrozenSet<string>? Models { get; init; }

    /// <summary>What of the API this caller may use; null = all: what its own credential opens at the upstream is its own affair.</summary>
    public EndpointRights? Endpoints { get; init; } = IsReplaced ? EndpointRights.Default : null;

    /// <summary>The instances that a key of its own could be sent to when the caller was let in.</summary>
    public InstanceOptions[] Instances { get; init; } = [];

    public bool MayUseTier(int priority) => Priorities is null || Priorities.Contains(priority);

    /// <param name="method">As sent.</param>
    /// <param name="path">Below the API's root, as sent.</param>
    public bool MayUseEndpoint(string method, string path) => Endpoints is null || Endpoints.Allow(method, path);

    /// <summary>
    /// May this caller ask for a model? One that is not named is none of those allowed: many operations have a default of their own, and a batch
    /// names its models in a file.
    /// </summary>
    public bool MayUseModel(string? model) => Models is null || (model is not null && Models.Contains(model));

    /// <summary>
    /// May an instance be called for this caller? The gateway's own keys go where the configuration in force says. One that is mapped to the caller,
    /// or that it brought along, belongs to a provider: a reload that puts another in its place must not carry the key there with requests that
    /// were let in before.
    /// </summary>
    public bool MayCall(InstanceOptions instance)
    {
        // A sign-in with Entra ID takes the place of a mapped key.
        if (IsReplaced && (UpstreamKey is null || instance.Auth == InstanceAuth.Entra))
        {
            return true;
        }

        foreach (InstanceOptions known in Instances)
        {
            if (ReferenceEquals(known, instance) || IsSameHost(known.ApiBase, instance.ApiBase))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Never the key.</summary>
    public override string ToString() => Name ?? (IsReplaced ? "anonymous" : "pass-through");

    private static bool IsSameHost(Uri one, Uri other) =>
        Uri.Compare(one, other, UriComponents.SchemeAndServer, UriFormat.UriEscaped, StringComparison.OrdinalIgnoreCase) == 0;
}
