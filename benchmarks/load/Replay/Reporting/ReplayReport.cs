using System.Globalization;
using System.Text;

namespace Load.Replay;

/// <summary>The replayed figures next to the published ones. Holds nothing that changes from run to run or from machine to machine.</summary>
internal sealed class ReplayReport(ReplayLoad load, IReadOnlyList<(ReplayPolicy Policy, ReplayFigures Replayed)> rows)
{
    /// <summary>Figures that lie further from the published ones than allowed.</summary>
    public int Misses => rows.Sum(static row => FigureColumn.All.Count(column => IsMiss(column, row.Policy.Published, row.Replayed)));

    public override string ToString()
    {
        // One culture for the whole report, so that it reads the same everywhere.
        IFormatProvider invariant = CultureInfo.InvariantCulture;
        var text = new StringBuilder();
        text.Append(invariant, $"Urgent: {load.UrgentCount:#,0} requests of the code trace. ");
        text.Append(invariant, $"Low: {load.LowCount:#,0} of the conversation trace. ");
        text.Append(invariant, $"{ReplayLoad.Slots} slots, {load.Utilization:0.00}x load, ");
        text.Append(invariant, $"{load.Horizon / TimeSpan.TicksPerSecond:#,0} s.\n");
        text.Append("Service: 50 ms + context / (10,000 tokens/s) + output / (40 tokens/s). ");
        text.Append(invariant, $"Revoke to free: {PolicyReplay.RevokeToFree.TotalMilliseconds:0} ms. Counted until the last arrival.\n");
        text.Append("Urgent mean and p99: waiting time. Wasted: share of all slot time.\n\n");
        text.Append(Table()).Append('\n');
        if (Misses == 0)
        {
            text.Append(invariant, $"Every published figure is met within {Deviation.Allowed:0 %}.\n");
        }
        else
        {
            text.Append(invariant, $"{Misses} published figures are missed by more than {Deviation.Allowed:0 %}; they are marked with !.\n");
        }

        return text.ToString();
    }

    private TextTable Table()
    {
        var table = new TextTable(["policy", .. FigureColumn.All.Select(static column => column.Header)]);
        foreach ((ReplayPolicy policy, ReplayFigures replayed) in rows)
        {
            table.Add([policy.Name, .. FigureColumn.All.Select(column => Number(column.Value(replayed), column.Format))]);
            table.Add(["  published", .. FigureColumn.All.Select(column => Number(column.Value(policy.Published), "#,0.###"))]);
            table.Add(["  deviation", .. FigureColumn.All.Select(column => DeviationOf(column, policy.Published, replayed) is { } deviation
                ? Deviation.Describe(deviation)
                : "")]);
        }

        return table;
    }

    private static bool IsMiss(FigureColumn column, ReplayFigures published, ReplayFigures replayed) =>
        DeviationOf(column, published, replayed) is { } deviation && Deviation.IsTooLarge(deviation);

    private static double? DeviationOf(FigureColumn column, ReplayFigures published, ReplayFigures replayed) =>
        column.Value(published) is { } expected && column.Value(replayed) is { } actual ? Deviation.Of(actual, expected) : null;

    private static string Number(double? value, string format) => value?.ToString(format, CultureInfo.InvariantCulture) ?? "";
}
