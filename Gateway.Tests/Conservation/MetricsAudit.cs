using System.Globalization;
using System.Text.Json;
using Gateway.Recording;
using Gateway.Requests;
using Gateway.Tests.Support;

namespace Gateway.Tests.Conservation;

/// <summary>Holds what <c>/metrics</c> says against the records. Whatever it returns is wrong.</summary>
internal static class MetricsAudit
{
    private const double Rounding = 0.001;

    public static IReadOnlyList<string> Of(Exposition metrics, IReadOnlyList<AccessRecord> records) =>
        [.. Expected(records).Where(line => Math.Abs(line.Value - Actual(metrics, line)) > Rounding)
            .Select(line => $"{line.Name}{{{string.Join(", ", line.Labels)}}} is {Actual(metrics, line)}, the records make {line.Value}")];

    private static double Actual(Exposition metrics, (string Name, string[] Labels, double Value) line) => metrics.Sum(line.Name, line.Labels);

    private static IEnumerable<(string Name, string[] Labels, double Value)> Expected(IReadOnlyList<AccessRecord> records)
    {
        AccessRecord[] api = [.. records.Where(static record => record.IsApi)];
        AttemptRecord[] calls = [.. records.SelectMany(static record => record.Calls)];
        return [.. Requests(records, api), .. Calls(api, calls), .. PerTier(api)];
    }

    private static IEnumerable<(string Name, string[] Labels, double Value)> Requests(IReadOnlyList<AccessRecord> records, AccessRecord[] api)
    {
        yield return ("gateway_requests_total", [], records.Count);
        foreach (var group in records.GroupBy(static record => (record.Priority, record.Endpoint, record.Status, record.Outcome)))
        {
            yield return ("gateway_requests_total",
                [Tier(group.Key.Priority), $"endpoint={group.Key.Endpoint}", Label("code", group.Key.Status), $"outcome={Name(group.Key.Outcome)}"], group.Count());
        }

        yield return ("gateway_endpoint_seconds_total", [], records.Sum(static record => record.Duration.TotalSeconds));
        yield return ("gen_ai_server_request_duration_seconds_count", [], api.Length);
        yield return ("gateway_model_requests_total", [], api.Length);
        foreach (CacheState state in (CacheState[])[CacheState.Hit, CacheState.Shared, CacheState.Miss, CacheState.Bypass])
        {
            yield return ("gateway_cache_lookups_total", [$"result={Name(state)}"], api.Count(record => record.Cache == state));
        }
    }

    private static IEnumerable<(string Name, string[] Labels, double Value)> Calls(AccessRecord[] api, AttemptRecord[] calls)
    {
        yield return ("gateway_upstream_calls_total", [], calls.Length);
        foreach (var group in calls.GroupBy(static call => (call.Instance, call.End)))
        {
            yield return ("gateway_upstream_calls_total", [$"upstream={group.Key.Instance}", $"end={Name(group.Key.End)}"], group.Count());
        }

        yield return ("gateway_upstream_errors_total", [], calls.Count(static call => call.End == AttemptEnd.Failed || call.Status >= 400));
        yield return ("gateway_upstream_time_to_head_seconds_count", [], calls.Count(static call => call.TimeToHead is not null));

        // Failed calls that were followed by another.
        yield return ("gateway_retries_total", [], api.Sum(static record => record.Calls.SkipLast(1).Count(static call => call.End == AttemptEnd.Failed)));
        foreach (var group in api.SelectMany(static record => record.Calls, static (record, call) => (record.Priority, call.PreemptedBy)).Where(static pair => pair.PreemptedBy is not null).GroupBy(static pair => pair))
        {
            yield return ("gateway_preemptions_total", [Tier(group.Key.Priority), Label("by_tier", group.Key.PreemptedBy!.Value)], group.Count());
        }
    }

    private static IEnumerable<(string Name, string[] Labels, double Value)> PerTier(AccessRecord[] api)
    {
        foreach (IGrouping<int, AccessRecord> tier in api.GroupBy(static record => record.Priority))
        {
            yield return ("gateway_tokens_total", [Tier(tier.Key), "gen_ai_token_type=input"], tier.Sum(static record => record.InputTokens ?? 0));
            yield return ("gateway_tokens_total", [Tier(tier.Key), "gen_ai_token_type=output"], tier.Sum(static record => record.OutputTokens ?? 0));
            yield return ("gateway_wasted_tokens_total", [Tier(tier.Key)], tier.Sum(static record => record.WastedTokens));
            yield return ("gateway_wasted_slot_seconds_total", [Tier(tier.Key)], tier.Sum(static record => record.Wasted.TotalSeconds));
            yield return ("gateway_rate_limited_total", [Tier(tier.Key), "limit=requests"], tier.Count(static record => record.Outcome == Outcome.RequestLimit));
            yield return ("gateway_rate_limited_total", [Tier(tier.Key), "limit=queue"], tier.Count(static record => record.Outcome == Outcome.QueueFull));
            yield return ("gateway_preemptions_total", [Tier(tier.Key)], tier.Sum(static record => record.Preemptions));
            yield return ("gateway_queue_wait_seconds_sum", [Tier(tier.Key)], tier.Sum(static record => record.Queued.TotalSeconds));
            yield return ("gateway_queue_depth", [Tier(tier.Key)], 0);
            yield return ("gateway_running_requests", [Tier(tier.Key)], 0);
        }
    }

    private static string Tier(int priority) => Label("tier", priority);

    private static string Label(string name, int value) => string.Create(CultureInfo.InvariantCulture, $"{name}={value}");

    private static string Name<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());
}
