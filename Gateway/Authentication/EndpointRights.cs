using System.Buffers;
using System.Collections.Frozen;
using Gateway.Configuration;
using Gateway.Requests;

namespace Gateway.Authentication;

/// <summary>What of the API a caller may use on an upstream key that is not its own.</summary>
internal sealed class EndpointRights
{
    /// <summary>
    /// Members of paths that let a caller go on at the provider without the gateway, past its limits and records: a short-lived key of its own, or a
    /// call over WebRTC or SIP. Only an entry that says the word allows them.
    /// </summary>
    private static readonly FrozenSet<string> Bypasses = FrozenSet.ToFrozenSet(
        ["client_secrets", "sessions", "transcription_sessions", "calls"], StringComparer.OrdinalIgnoreCase);

    /// <summary>For a quick look: a path without these words, and with nothing to decode, leads past nobody.</summary>
    private static readonly SearchValues<string> Words = SearchValues.Create(["client_secrets", "sessions", "calls"], StringComparison.OrdinalIgnoreCase);

    private readonly EndpointRule[] _rules;

    private EndpointRights(IEnumerable<string> entries) => _rules = [.. entries.Select(static entry => new EndpointRule(entry))];

    /// <summary>Everything that passes through the gateway.</summary>
    public static EndpointRights Default { get; } = new(["/*"]);

    /// <summary>
    /// What a list of models can be held against: nothing here reads, lists or deletes what is stored at the provider, which knows no models and is
    /// shared by all who share an upstream key.
    /// </summary>
    private static EndpointRights OfModels { get; } = new(
    [
        "POST /chat/completions", "POST /completions", "POST /responses", "POST /embeddings", "POST /moderations", "POST /rerank",
        "POST /images/generations", "POST /images/edits", "POST /images/variations", "POST /image/generations",
        "POST /audio/speech", "POST /audio/transcriptions", "POST /audio/translations", "GET /realtime", "GET /models/*",
    ]);

    public static EndpointRights Of(ClientKeyOptions key) =>
        key.Endpoints is not null ? new EndpointRights(key.Endpoints) : key.Models is null ? Default : OfModels;

    /// <param name="method">As sent.</param>
    /// <param name="path">Below the API's root, as sent.</param>
    public bool Allow(string method, string path)
    {
        if (ReferenceEquals(this, Default) && !path.Contains('%') && !path.AsSpan().ContainsAny(Words))
        {
            return true;
        }

        string[] members = RequestPath.Members(path);
        bool leadsPast = Array.Exists(members, IsBypass);
        return Array.Exists(_rules, rule => rule.Covers(method, members) && (!leadsPast || rule.Names(IsBypass)));
    }

    private static bool IsBypass(string member) => Bypasses.Contains(member);
}
