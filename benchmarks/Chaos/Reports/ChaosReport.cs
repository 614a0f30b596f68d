using System.Globalization;
using System.Text;
using Load.Driver.Processes;

namespace Chaos.Reports;

/// <summary>The one table of a fault run.</summary>
internal static class ChaosReport
{
    public static string Write(DateOnly date, Machine machine, IReadOnlyList<Verdict> verdicts)
    {
        var text = new StringBuilder();
        Line($"# Fault run of {date:yyyy-MM-dd}");
        Line($"");
        Line($"- commit: {machine.Commit}");
        Line($"- machine: {machine.Cores} cores, {machine.Cpu}, shared by callers, gateway, upstream, Redis and InfluxDB; load average at the start {machine.Load}");
        Line($"- {verdicts.Count(static verdict => verdict.Passed)} of {verdicts.Count} scenarios passed in {verdicts.Sum(static verdict => verdict.Took.TotalSeconds):0} s");
        if (verdicts.Any(static verdict => !verdict.IsTimed))
            Line($"- others used the machine: what is held against a clock is shown and does not count");
        Line($"");
        Line($"| row | fault | outcome | figure |");
        Line($"|---|---|---|---|");
        foreach (Verdict verdict in verdicts)
        {
            string outcome = verdict.Outcome.Replace('|', '/').ReplaceLineEndings(" ");
            Line($"| {verdict.Rows} | {verdict.Fault} | {outcome} | {verdict.Figures.Replace('|', '/')} |");
        }

        return text.ToString();

        void Line(FormattableString line) => text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');
    }
}
