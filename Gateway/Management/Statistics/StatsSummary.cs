using System.ComponentModel;
using Gateway.Management.Instances;

namespace Gateway.Management.Statistics;

/// <summary>All instances together. Counters begin at the start, or at an instance's last reset.</summary>
internal sealed record StatsSummary
{
    public required int TotalInstances { get; init; }

    public required int HealthyInstances { get; init; }

    [Description("Recovering ones included.")]
    public required int UnhealthyInstances { get; init; }

    [Description("Healthy instances in percent of all.")]
    public required double HealthPercentage { get; init; }

    [Description("Upstream calls begun.")]
    public required long TotalRequests { get; init; }

    [Description("Tokens in and out, from the usage in the answers.")]
    public required long TotalTokensServed { get; init; }

    [Description("Tokens per upstream call; 0 before the first.")]
    public required double AvgTokensPerRequest { get; init; }

    public static StatsSummary Of(IReadOnlyCollection<InstanceRow> rows)
    {
        int healthy = rows.Count(static row => row.HealthStatus == HealthStatus.Healthy);
        long requests = rows.Sum(static row => row.TotalRequests);
        long tokens = rows.Sum(static row => row.TotalTokensServed);
        return new StatsSummary
        {
            TotalInstances = rows.Count,
            HealthyInstances = healthy,
            UnhealthyInstances = rows.Count - healthy,
            HealthPercentage = rows.Count == 0 ? 0 : Math.Round(100.0 * healthy / rows.Count, 2),
            TotalRequests = requests,
            TotalTokensServed = tokens,
            AvgTokensPerRequest = requests == 0 ? 0 : Math.Round((double)tokens / requests, 2),
        };
    }
}
