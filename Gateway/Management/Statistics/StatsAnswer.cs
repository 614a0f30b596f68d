using System.ComponentModel;
using Gateway.Management.Instances;

namespace Gateway.Management.Statistics;

/// <summary>The gateway in numbers.</summary>
internal sealed record StatsAnswer
{
    public required CacheStats Cache { get; init; }

    [Description("Requests per minute that one caller may make: per IP where that is configured, else per key; null without a limit.")]
    public required int? RateLimit { get; init; }

    [Description("Outbound proxy, without its credentials; empty for none.")]
    public required string ProxyUrl { get; init; }

    [Description("Base URL of the first upstream.")]
    public required string OpenaiUrl { get; init; }

    public required StatsSummary Summary { get; init; }

    public required IReadOnlyDictionary<string, InstanceRow> Instances { get; init; }

    public required DateTimeOffset Timestamp { get; init; }
}
