using System.Globalization;
using System.Text.Json;
using Gateway.Recording;
using Gateway.Requests;
using Gateway.Tests.Support;

namespace Gateway.Tests.Conservation;

/// <summary>Holds what a real InfluxDB has stored against the records. Whatever it returns is wrong.</summary>
internal static class InfluxAudit
{
    /// <summary>Who asks the gateway about itself leaves points too.</summary>
    private const string Ours = "\"request_id\" =~ /^call-/";

    /// <summary>Times have three digits behind the point, each of them.</summary>
    private const double MostRounding = 0.00051;

    public static async Task<IReadOnlyList<string>> OfAsync(InfluxServer influx, IReadOnlyList<AccessRecord> records)
    {
        List<string> wrong = [];
        var stored = (await influx.QueryAsync($"SELECT \"request_id\" FROM openai_request WHERE {Ours}")).Select(static row => row["request_id"].GetString()!).ToList();
        wrong.AddRange(stored.CountBy(static id => id).Where(static pair => pair.Value > 1).Select(static pair => $"{pair.Key} has {pair.Value} points"));
        wrong.AddRange(records.Select(static record => record.RequestId).Except(stored).Select(static id => $"{id} has no point"));
        wrong.AddRange(stored.Except(records.Select(static record => record.RequestId)).Select(static id => $"a point of nobody's: {id}"));
        foreach ((string question, double expected) in Expected(records))
        {
            double actual = await influx.QueryAsync(question) is [var row] && row["n"].ValueKind == JsonValueKind.Number ? row["n"].GetDouble() : 0;
            double tolerance = question.StartsWith("SELECT SUM", StringComparison.Ordinal) && question.Contains("_ms\")", StringComparison.Ordinal) ? MostRounding * records.Count : 0;
            if (Math.Abs(actual - expected) > tolerance)
            {
                wrong.Add(string.Create(CultureInfo.InvariantCulture, $"{question} is {actual}, the records make {expected}"));
            }
        }

        return wrong;
    }

    private static IEnumerable<(string Question, double Value)> Expected(IReadOnlyList<AccessRecord> records)
    {
        yield return (Sum("input_tokens"), records.Sum(static record => record.InputTokens ?? record.EstimatedInputTokens));
        yield return (Sum("output_tokens"), records.Sum(static record => record.OutputTokens ?? 0));
        yield return (Sum("preemptions"), records.Sum(static record => record.Preemptions));
        yield return (Sum("retries"), records.Sum(static record => record.Retries));
        yield return (Sum("wasted_tokens"), records.Sum(static record => record.WastedTokens));
        yield return (Sum("wasted_ms"), records.Sum(static record => record.Wasted.TotalMilliseconds));
        yield return (Sum("queue_ms"), records.Sum(static record => record.Queued.TotalMilliseconds));
        yield return (Sum("processing_ms"), records.Sum(static record => record.Duration.TotalMilliseconds));
        yield return (Count("\"preempted\" = 'true'"), records.Count(static record => record.Preemptions > 0));
        yield return (Count("\"cached\" = 'true'"), records.Count(static record => record.Cache is CacheState.Hit or CacheState.Shared));
        yield return (Count("\"tools\" =~ /get_weather/"), records.Count(static record => record.Tools.Contains("get_weather")));
        foreach (IGrouping<int, AccessRecord> status in records.GroupBy(static record => record.Status))
        {
            yield return (Count(string.Create(CultureInfo.InvariantCulture, $"\"status\" = '{status.Key}'")), status.Count());
        }

        foreach (IGrouping<int, AccessRecord> tier in records.GroupBy(static record => record.Priority))
        {
            yield return (Count(string.Create(CultureInfo.InvariantCulture, $"\"priority\" = '{tier.Key}'")), tier.Count());
        }

        foreach (IGrouping<string, AccessRecord> caller in records.Where(static record => record.Caller is not null).GroupBy(static record => record.Caller!))
        {
            yield return (Count($"\"caller\" = '{caller.Key}'"), caller.Count());
        }

        foreach (IGrouping<string, AccessRecord> path in records.GroupBy(static record => record.Endpoint))
        {
            yield return (Count($"\"path\" = '{path.Key}'"), path.Count());
        }
    }

    private static string Sum(string field) => $"SELECT SUM(\"{field}\") AS n FROM openai_request WHERE {Ours}";

    private static string Count(string condition) => $"SELECT COUNT(\"processing_ms\") AS n FROM openai_request WHERE {Ours} AND {condition}";
}
