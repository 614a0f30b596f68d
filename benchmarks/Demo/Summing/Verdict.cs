using Demo.Observing;
using Gateway.Recording;
using UpstreamSimulator;

namespace Demo.Summing;

/// <summary>Whether the show really showed what it is about. Each line of <see cref="Missing"/> is something that did not happen.</summary>
internal sealed record Verdict(IReadOnlyList<string> Missing)
{
    public bool IsGood => Missing.Count == 0;

    public static Verdict Of(Timeline timeline, IReadOnlyDictionary<string, AccessRecord> records, StatsSnapshot server, int slots)
    {
        var missing = new List<string>();
        foreach (Row row in timeline.Rows)
        {
            if (row.Caller.Answer is not { } answer)
            {
                missing.Add($"{row.Request.Name} got no answer in time");
            }
            else if (answer is { Problem: { } problem })
            {
                missing.Add($"the answer to {row.Request.Name} (status {answer.Status}) {problem}");
            }
            else if (!records.ContainsKey(row.Request.Name))
            {
                missing.Add($"{row.Request.Name} left no record in the gateway");
            }
        }

        if (timeline.Interruptions.Count == 0 || records.Values.Sum(static record => record.Preemptions) == 0)
        {
            missing.Add("nobody was interrupted");
        }

        if (!timeline.Rows.Any(row => IsFinishedAfterInterruption(row, records.GetValueOrDefault(row.Request.Name))))
        {
            missing.Add("no interrupted request was sent again and finished");
        }

        if (server.MaxLive > slots)
        {
            missing.Add($"the server had {server.MaxLive} calls at once, where {slots} are allowed");
        }

        return new Verdict(missing);
    }

    /// <summary>All three witnesses agree: the caller has its answer, the server saw a broken and a whole call, the gateway counted both.</summary>
    private static bool IsFinishedAfterInterruption(Row row, AccessRecord? record) =>
        row.Caller.Answer is { Problem: null }
        && row.Calls is [{ IsInterrupted: true }, .., { IsInterrupted: false }]
        && record is { Attempts: >= 2, Preemptions: >= 1 };
}
