using System.Globalization;
using Demo.Observing;
using Demo.Scripting;
using Gateway.Recording;
using UpstreamSimulator;

namespace Demo.Summing;

/// <summary>What happened, in words for somebody who has never seen the gateway.</summary>
internal sealed class Summary(Timeline timeline, IReadOnlyDictionary<string, AccessRecord> records, StatsSnapshot server, int slots)
{
    public IEnumerable<string> Lines() => [.. Interruptions(), .. Waits(), .. Totals()];

    private IEnumerable<string> Interruptions()
    {
        yield return "";
        yield return "Who made way";
        foreach (Interruption interruption in timeline.Interruptions)
        {
            yield return Text($"  at {Seconds(interruption.At)}  {interruption.Victim.Request.Name} made way for {interruption.By.Request.Name}; {Seconds(interruption.Lost)} of its work was lost");
        }

        if (timeline.Interruptions.Count == 0)
        {
            yield return "  nobody";
        }

        foreach (Row row in timeline.Rows.Where(static row => row.Calls.Any(static call => call.IsInterrupted)))
        {
            string end = row.Caller.Answer is { Problem: null } ? "one complete 200 answer" : "no complete answer";
            yield return Text($"  {row.Request.Name} was sent to the server {Times(row.Calls.Count)}; its caller saw {end}");
        }
    }

    private IEnumerable<string> Waits()
    {
        yield return "";
        yield return "Time spent waiting for a slot      mean   longest";
        foreach (Tier tier in Enum.GetValues<Tier>())
        {
            double[] waits = [.. timeline.Rows
                .Where(row => row.Request.Tier == tier && records.ContainsKey(row.Request.Name))
                .Select(row => records[row.Request.Name].Queued.TotalSeconds)];
            if (waits.Length > 0)
            {
                yield return Text($"  {tier.ToString().ToLowerInvariant(),-8} {waits.Length} requests {waits.Average(),17:0.00} s {waits.Max(),7:0.00} s");
            }
        }
    }

    private IEnumerable<string> Totals()
    {
        int answers = timeline.Rows.Count(static row => row.Caller.Answer is { Problem: null });
        TimeSpan wasted = Sum(records.Values.Select(static record => record.Wasted));
        TimeSpan used = Sum(timeline.Rows.SelectMany(static row => row.Calls).Select(static call => (call.End - call.Start) ?? TimeSpan.Zero));
        yield return "";
        yield return "The bill";
        yield return Text($"  {timeline.Rows.Count} requests, {answers} complete answers; {server.Started} calls to the server, {server.Aborted} of them interrupted");
        yield return Text($"  never more than {server.MaxLive} calls at once at the server; {slots} are allowed");
        yield return Text($"  {wasted.TotalSeconds:0.0} of {used.TotalSeconds:0.0} slot-seconds were lost: the price of urgent work not waiting");
    }

    private static TimeSpan Sum(IEnumerable<TimeSpan> times) => times.Aggregate(TimeSpan.Zero, static (sum, time) => sum + time);

    private static string Times(int count) => count switch { 1 => "once", 2 => "twice", _ => Text($"{count} times") };

    private static string Seconds(TimeSpan time) => Text($"{time.TotalSeconds:0.0} s");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
