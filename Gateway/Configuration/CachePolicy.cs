using System.Text.Json.Serialization;

namespace Gateway.Configuration;

/// <summary>Which answers may be cached.</summary>
internal enum CachePolicy
{
    /// <summary>Embeddings, model lists, and chat or completions with temperature 0 and a seed.</summary>
    [JsonStringEnumMemberName("deterministic")]
    Deterministic,

    /// <summary>Every GET and the three POST endpoints (chat, completions, embeddings).</summary>
    [JsonStringEnumMemberName("aggressive")]
    Aggressive,
}
