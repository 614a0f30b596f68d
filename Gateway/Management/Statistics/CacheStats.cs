using System.ComponentModel;

namespace Gateway.Management.Statistics;

/// <summary>The cache of answers.</summary>
internal sealed record CacheStats
{
    [Description("Answers kept; those in Redis are counted every 30 seconds at most.")]
    public required long ItemCount { get; init; }

    [Description("How long an answer is kept, such as 5m.")]
    public required string Ttl { get; init; }
}
