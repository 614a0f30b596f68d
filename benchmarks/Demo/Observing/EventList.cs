using System.Globalization;

namespace Demo.Observing;

/// <summary>The story so far, told in lines.</summary>
internal static class EventList
{
    public static IEnumerable<ShowEvent> Of(Timeline timeline) => timeline.Rows
        .SelectMany(OfRow)
        .Concat(timeline.Interruptions.Select(OfInterruption))
        .OrderBy(static happened => happened.At);

    private static IEnumerable<ShowEvent> OfRow(Row row)
    {
        string name = row.Request.Name;
        if (row.Caller.SentAt is { } sent)
        {
            yield return Event(row, sent, $"{name} arrives ({row.Request.Kind})");
        }

        for (int i = 0; i < row.Calls.Count; i++)
        {
            yield return Event(row, row.Calls[i].Start, i == 0 ? $"{name} starts" : $"{name} is sent again, attempt {i + 1}");
        }

        if (row.Caller.FirstContentAt is { } first)
        {
            yield return Event(row, first, $"{name} hears its first word: from now on nobody interrupts it");
        }

        if (row.Caller.EndedAt is { } ended)
        {
            string attempts = row.Calls.Count > 1 ? $", attempt {row.Calls.Count}" : "";
            string how = row.Caller.Answer is { Problem: { } problem } ? $"FAILED: the answer {problem}" : "has its answer";
            yield return Event(row, ended, string.Create(
                CultureInfo.InvariantCulture, $"{name} {how} ({row.Caller.Answer?.Status} after {(ended - row.Caller.SentAt)?.TotalSeconds:0.0} s{attempts})"));
        }
    }

    private static ShowEvent OfInterruption(Interruption interruption) => Event(
        interruption.Victim, interruption.At,
        $"{interruption.Victim.Request.Name} is interrupted for {interruption.By.Request.Name} and goes back to its queue");

    private static ShowEvent Event(Row row, TimeSpan at, string text) => new(at, row.Request.Tier, text);
}
