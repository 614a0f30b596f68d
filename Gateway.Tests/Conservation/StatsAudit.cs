using System.Globalization;
using System.Text.Json;
using Gateway.Recording;
using Gateway.Requests;
using Gateway.Tests.Support;

namespace Gateway.Tests.Conservation;

/// <summary>Holds what <c>/stats</c> says against the records. Whatever it returns is wrong.</summary>
internal static class StatsAudit
{
    /// <param name="ask">Asks a management route.</param>
    /// <param name="records">Of everything that happened in the last hour.</param>
    public static async Task<IReadOnlyList<string>> OfAsync(Func<string, Task<JsonElement>> ask, IReadOnlyList<AccessRecord> records)
    {
        List<string> wrong = [];
        foreach ((string query, double expected) in Expected([.. records.Where(static record => record.IsApi)]))
        {
            JsonElement answer = await ask("/stats/usage?window=60&granularity=5&" + query);
            double sum = answer.GetProperty("time_series").EnumerateArray().Sum(static point => point.GetProperty("value").GetDouble());
            if (Math.Abs(sum - expected) > 0.01 * Math.Max(1, expected / 1000))
            {
                wrong.Add(string.Create(CultureInfo.InvariantCulture, $"{query} is {sum}, the records make {expected}"));
            }
        }

        JsonElement summary = (await ask("/stats")).GetProperty("summary");
        long calls = summary.GetProperty("total_requests").GetInt64();
        if (calls != records.Sum(static record => record.Attempts))
        {
            wrong.Add($"/stats tells of {calls} upstream calls, the records of {records.Sum(static record => record.Attempts)}");
        }

        return wrong;
    }

    private static IEnumerable<(string Query, double Sum)> Expected(AccessRecord[] api)
    {
        foreach ((string scope, AccessRecord[] some) in api.GroupBy(static record => record.Priority)
            .Select(static tier => (string.Create(CultureInfo.InvariantCulture, $"&tier={tier.Key}"), tier.ToArray())).Prepend(("", api)))
        {
            yield return ("metric=requests" + scope, some.Length);
            yield return ("metric=errors" + scope, some.Count(static record => record.Outcome != Outcome.CallerGone && (record.Status >= 400 || record.Outcome is not (Outcome.Relayed or Outcome.Answered))));
            yield return ("metric=input_tokens" + scope, some.Sum(static record => record.InputTokens ?? 0));
            yield return ("metric=output_tokens" + scope, some.Sum(static record => record.OutputTokens ?? 0));
            yield return ("metric=preemptions" + scope, some.Sum(static record => record.Preemptions));
            yield return ("metric=retries" + scope, some.Sum(static record => record.Retries));
            yield return ("metric=wasted_tokens" + scope, some.Sum(static record => record.WastedTokens));
            yield return ("metric=wasted_seconds" + scope, some.Sum(static record => record.Wasted.TotalSeconds));
            yield return ("metric=cache_hits" + scope, some.Count(CacheState.Hit) + some.Count(CacheState.Shared));
        }

        foreach (IGrouping<string, AttemptRecord> calls in api.SelectMany(static record => record.Calls).GroupBy(static call => call.Instance))
        {
            yield return ($"metric=requests&instance={calls.Key}", calls.Count());
            yield return ($"metric=preemptions&instance={calls.Key}", calls.Count(static call => call.End == AttemptEnd.Preempted));
        }
    }
}
