using Demo.Observing;
using Demo.Scripting;
using Gateway.Scheduling;

namespace Demo.Drawing;

/// <summary>The timeline as lines of coloured text, 80 columns wide.</summary>
internal static class Picture
{
    private const int LabelWidth = 18;
    private const int Cells = 60;

    /// <summary>What will be seen, before anything is.</summary>
    public static IReadOnlyList<IReadOnlyList<Run>> Header(int slots) =>
    [
        [],
        [new Run("  Three tiers of callers share a model server that takes ", Ink.Plain), new Run($"{slots} calls at once", Ink.Strong), new Run(".", Ink.Plain)],
        [new Run("  Urgent work interrupts lower work, which is sent again later, unnoticed.", Ink.Plain)],
        [],
        Legend(),
        [],
    ];

    /// <summary>Axis, one row per request, and who holds the slots now.</summary>
    public static IReadOnlyList<IReadOnlyList<Run>> Of(Timeline timeline, int slots)
    {
        TimeAxis axis = TimeAxis.Until(timeline.Now, Cells);
        return
        [
            [new Run(new string(' ', LabelWidth) + axis.Labels(), Ink.Faint)],
            .. timeline.Rows.Select(row => (IReadOnlyList<Run>)
            [
                new Run($"  {row.Request.Name,-9}", Inks.Of(row.Request.Tier)),
                new Run(row.Request.Kind.PadRight(LabelWidth - 11), Ink.Faint),
                .. RowCells.Of(row, timeline.Now, axis.Step, axis.Cells),
            ]),
            [],
            Status(timeline.Scheduler, slots),
        ];
    }

    private static IReadOnlyList<Run> Legend() =>
    [
        new Run($"  {Glyphs.Waiting}{Glyphs.Waiting}", Ink.Strong), new Run(" waits  ", Ink.Faint),
        new Run($"{Glyphs.Running}{Glyphs.Running}", Ink.Strong), new Run(" at server  ", Ink.Faint),
        new Run($"{Glyphs.Streaming}{Glyphs.Streaming}", Ink.Strong), new Run(" streams to caller  ", Ink.Faint),
        new Run($"{Glyphs.Interrupted}", Ink.Cut), new Run(" interrupted  ", Ink.Faint),
        new Run($"{Glyphs.Done}", Ink.Done), new Run(" answered", Ink.Faint),
    ];

    private static List<Run> Status(SchedulerSnapshot scheduler, int slots)
    {
        int busy = scheduler.Instances.Sum(static instance => instance.Running + instance.Ending + instance.Leaked);
        var runs = new List<Run>
        {
            new($"  slots in use {busy} of {slots}", Ink.Strong),
            new("     waiting: ", Ink.Faint),
        };
        for (int lane = 0; lane < scheduler.Tiers.Count; lane++)
        {
            var tier = (Tier)lane;
            runs.Add(new Run($"{tier.ToString().ToLowerInvariant()} {scheduler.Tiers[lane].Depth}   ", Inks.Of(tier)));
        }

        return runs;
    }
}
