using Gateway.Recording.Usage;

namespace Gateway.Management.Statistics;

/// <summary>Sums as what people ask for. Pure.</summary>
internal static class UsageValues
{
    /// <summary>An instance does not know these: they belong to the request as a whole.</summary>
    public static bool IsPerInstance(UsageMetric metric) =>
        metric is not (UsageMetric.QueueTime or UsageMetric.Retries or UsageMetric.WastedTokens or UsageMetric.CacheHits);

    /// <summary>Null for the mean of nothing.</summary>
    public static double? Of(UsageMetric metric, UsageCounts counts) => metric switch
    {
        UsageMetric.Requests => counts[UsageField.Requests],
        UsageMetric.Errors => counts[UsageField.Errors],
        UsageMetric.Tokens => Tokens(counts),
        UsageMetric.InputTokens => counts[UsageField.InputTokens],
        UsageMetric.OutputTokens => counts[UsageField.OutputTokens],
        UsageMetric.Latency => Mean(counts[UsageField.AnsweredMicroseconds], counts[UsageField.Answered]),
        UsageMetric.QueueTime => Mean(counts[UsageField.QueuedMicroseconds], counts[UsageField.Scheduled]),
        UsageMetric.Preemptions => counts[UsageField.Preemptions],
        UsageMetric.Retries => counts[UsageField.Retries],
        UsageMetric.WastedSeconds => Math.Round(counts[UsageField.WastedMicroseconds] / 1e6, 3),
        UsageMetric.WastedTokens => counts[UsageField.WastedTokens],
        UsageMetric.CacheHits => counts[UsageField.CacheHits],
        _ => throw new ArgumentOutOfRangeException(nameof(metric), metric, "A metric without a value."),
    };

    public static string UnitOf(UsageMetric metric, UsageScope scope) => metric switch
    {
        UsageMetric.Requests or UsageMetric.Errors when scope == UsageScope.Instance => "calls",
        UsageMetric.Requests or UsageMetric.Errors or UsageMetric.CacheHits => "requests",
        UsageMetric.Tokens or UsageMetric.InputTokens or UsageMetric.OutputTokens or UsageMetric.WastedTokens => "tokens",
        UsageMetric.Latency or UsageMetric.QueueTime => "milliseconds",
        UsageMetric.WastedSeconds => "seconds",
        _ => "calls",
    };

    public static long Tokens(UsageCounts counts) => counts[UsageField.InputTokens] + counts[UsageField.OutputTokens];

    /// <summary>In milliseconds.</summary>
    private static double? Mean(long microseconds, long count) => count == 0 ? null : Math.Round(microseconds / 1e3 / count, 3);
}
