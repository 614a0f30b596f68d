using System.Globalization;
using Gateway.Recording;
using Gateway.Requests;
using UpstreamSimulator;

namespace Gateway.Tests.Conservation;

/// <summary>Holds the books against each other. Whatever it returns is wrong.</summary>
internal static class Audit
{
    public static IReadOnlyList<string> Of(Books books) =>
        [.. Requests(books), .. Calls(books), .. Tokens(books)];

    /// <summary>Each call left one record, and no record is of no call.</summary>
    public static IEnumerable<string> Requests(Books books)
    {
        ILookup<string, AccessRecord> records = books.Records.ToLookup(static record => record.RequestId);
        var asked = books.Callers.Select(static view => view.Call.Id).ToHashSet();
        foreach (AccessRecord record in books.Records.Where(record => !asked.Contains(record.RequestId)))
        {
            yield return $"a record of nobody's: {record.RequestId} {record.Path}";
        }

        foreach (CallersView view in books.Callers)
        {
            int count = records[view.Call.Id].Count();
            if (count != 1 && (count > 1 || view.HasArrived))
            {
                yield return $"{Name(view)}: {count} records";
            }
            else if (count == 1 && Contradiction(view, records[view.Call.Id].Single()) is { } contradiction)
            {
                yield return $"{Name(view)}: {contradiction}";
            }
        }
    }

    /// <summary>Each call that an upstream saw is one that a record tells of, of that instance, and the other way round.</summary>
    public static IEnumerable<string> Calls(Books books)
    {
        Dictionary<string, AccessRecord> records = books.Records.GroupBy(static record => record.RequestId).ToDictionary(static group => group.Key, static group => group.First());
        foreach ((string instance, IReadOnlyList<CallRecord> seen) in books.Upstreams)
        {
            ILookup<string, CallRecord> byId = seen.ToLookup(static call => call.Nonce);
            foreach (IGrouping<string, CallRecord> group in byId.Where(group => !records.ContainsKey(group.Key)))
            {
                yield return $"{instance} saw {group.Count()} calls of '{group.Key}', of which there is no record";
            }

            foreach (AccessRecord record in records.Values)
            {
                AttemptRecord[] told = [.. record.Calls.Where(call => call.Instance == instance)];
                int count = byId[record.RequestId].Count();

                // A call may be stopped while it is on its way to the upstream. No other can be unseen, and none can be untold.
                int unseen = told.Count(static call => call is { TimeToHead: null, End: AttemptEnd.Preempted or AttemptEnd.Abandoned });
                if (count > told.Length || count < told.Length - unseen)
                {
                    yield return $"{record.RequestId}: {told.Length} calls of {instance} told, {count} seen: {string.Join("; ", told)}";
                }
            }
        }

        foreach (AccessRecord record in books.Records)
        {
            int preempted = record.Calls.Count(static call => call.End == AttemptEnd.Preempted);
            if (record.Attempts != record.Calls.Count || record.Calls.Any(call => !books.Upstreams.ContainsKey(call.Instance)))
            {
                yield return $"{record.RequestId}: {record.Attempts} attempts, told of {string.Join("; ", record.Calls)}";
            }
            else if (preempted != record.Preemptions)
            {
                yield return $"{record.RequestId}: {preempted} calls interrupted, {record.Preemptions} preemptions: {record.Outcome} {record.Status} after {record.Duration}, {string.Join("; ", record.Calls)}";
            }
        }
    }

    /// <summary>What was booked is what the upstream made, and what the caller was told.</summary>
    public static IEnumerable<string> Tokens(Books books)
    {
        ILookup<string, CallRecord> made = books.Upstreams.Values.SelectMany(static calls => calls).ToLookup(static call => call.Nonce);
        Dictionary<string, CallersView> callers = books.Callers.ToDictionary(static view => view.Call.Id);
        foreach (AccessRecord record in books.Records)
        {
            bool isFetched = record.Cache is not (CacheState.Hit or CacheState.Shared);
            if (!isFetched && (record.InputTokens ?? record.OutputTokens) is not null)
            {
                yield return $"{record.RequestId}: from the cache, and {record.InputTokens}+{record.OutputTokens} tokens";
            }

            if (isFetched && callers.GetValueOrDefault(record.RequestId)?.Usage is { } told && told != (record.InputTokens ?? 0, record.OutputTokens ?? 0))
            {
                yield return $"{record.RequestId}: told {told} tokens, booked {record.InputTokens}+{record.OutputTokens}";
            }

            // No more can have passed than was made; and all of it has, where the answer is whole.
            long most = made[record.RequestId].Select(static call => call.TokensOut).DefaultIfEmpty().Max();
            bool isWhole = record is { Outcome: Outcome.Relayed, Status: 200, IsUsagePartial: false };
            if (record.OutputTokens is { } output && (output > most || (isWhole && output != most)))
            {
                yield return $"{record.RequestId}: {output} output tokens booked, {most} made ({record.Outcome} {record.Status} {record.Path})";
            }
        }
    }

    /// <summary>Null when the record and the caller tell the same story.</summary>
    private static string? Contradiction(CallersView view, AccessRecord record)
    {
        string told = string.Create(CultureInfo.InvariantCulture, $"recorded {record.Status} {record.Outcome}");
        if (view.Status is { } status && status != record.Status)
        {
            return $"saw {status}, {told}";
        }

        bool isWhole = record.Outcome is not (Outcome.CallerGone or Outcome.UpstreamCut);
        if (view.IsWhole && record.Outcome == Outcome.UpstreamCut)
        {
            return $"came whole, {told}";
        }

        return view is { IsWhole: false, Call.Leaves: Departure.Never } && isWhole ? $"broke off, {told}"
            : view.Attempts is { } attempts && record.Cache != CacheState.Hit && attempts != record.Attempts && record.Cache != CacheState.Shared
                ? $"saw {attempts} attempts, recorded {record.Attempts}"
            : view.Nonce is { } nonce && nonce != view.Call.Id && record.Cache is not (CacheState.Hit or CacheState.Shared) ? $"got the answer of {nonce}, {told}"
            : view.Call.Tier != record.Priority - 1 ? $"asked on tier {view.Call.Tier + 1}, recorded {record.Priority}"
            : null;
    }

    private static string Name(CallersView view) => $"{view.Call.Id} ({view.Call.Kind})";
}
