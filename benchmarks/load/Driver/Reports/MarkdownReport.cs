using System.Globalization;
using System.Text;
using Load.Driver.Options;
using Load.Driver.Processes;
using Load.Driver.Scenarios;
using Load.Driver.Targets;

namespace Load.Driver.Reports;

/// <summary>The report of a run, as it is committed and as it is printed.</summary>
internal sealed class MarkdownReport(DriverOptions options, Machine machine, IReadOnlyList<ScenarioResult> results, IReadOnlyList<Verdict> verdicts)
{
    private readonly StringBuilder _text = new();

    public string Write(DateOnly date, IReadOnlyList<string> arguments, IReadOnlyList<string> notes)
    {
        Line($"# Load run of {date:yyyy-MM-dd}");
        Line();
        Line($"- commit: {machine.Commit}");
        Line($"- machine: {machine.Cores} cores, {machine.Cpu}, shared by client, proxies and upstream; load average at the start {machine.Load}");
        Line($"- command: `Driver{string.Concat(arguments.Select(argument => ' ' + WithoutFolder(argument)))}`");
        Line($"- {options.Rounds} alternating rounds after {options.WarmUps} to warm up ({options.MemoryRounds} for memory)");
        Line("- numbers are medians (min-max), ratios are medians of the ratios within a round");
        foreach (Target target in options.Targets.Where(target => target.Environment.Count > 0))
            Line($"- {target.Name}: {string.Join(' ', target.Environment.Select(pair => $"{pair.Key}={pair.Value}"))}");
        foreach (string note in notes)
            Line($"- note: {note}");
        foreach (ScenarioResult result in results)
            Section(result);
        Verdicts();
        return _text.ToString();
    }

    private void Section(ScenarioResult result)
    {
        IScenario scenario = result.Scenario;
        Line();
        Line($"## {scenario.Name}");
        Line();
        Line($"{scenario.Summary}. Ratios are of {scenario.Metrics[0].Title}.");
        Line();
        Line($"| target | {string.Join(" | ", scenario.Metrics.Select(metric => metric.Title))} | of bare | of nginx | of gateway | errors |");
        Line($"|---|{string.Concat(Enumerable.Repeat("---|", scenario.Metrics.Count + 4))}");
        foreach (Target target in scenario.TargetsOf(options.Targets))
        {
            IEnumerable<string> values = scenario.Metrics.Select(
                metric => Statistics.Values(result, target.Name, metric)?.Format(metric.Format) ?? "-");
            string errors = Statistics.Errors(result, target.Name).ToString(CultureInfo.InvariantCulture);
            Line($"| {target.Name} | {string.Join(" | ", values)} | {Ratio(result, target, "bare")} | {Ratio(result, target, "nginx")} | {Ratio(result, target, "gateway")} | {errors} |");
        }
    }

    private void Verdicts()
    {
        Line();
        Line("## Thresholds");
        Line();
        Line("| scenario | target | threshold | seen | verdict |");
        Line("|---|---|---|---|---|");
        foreach (Verdict verdict in verdicts)
        {
            string word = (verdict.Passed ? "PASS" : "FAIL") + (verdict.Binding ? "" : " (variant)");
            Line($"| {verdict.Scenario} | {verdict.Target} | {verdict.What} | {verdict.Seen} | {word} |");
        }
    }

    private static string Ratio(ScenarioResult result, Target target, string of)
    {
        Metric metric = result.Scenario.Metrics[0];
        return target.Name == of || Statistics.Ratios(result, target.Name, of, metric) is not { } ratio
            ? "-"
            : ratio.Format(number => number.ToString("F2", CultureInfo.InvariantCulture));
    }

    // Where the builds lie on this machine tells a reader nothing.
    private static string WithoutFolder(string argument) => Path.IsPathRooted(argument) ? Path.GetFileName(argument) : argument;

    private void Line(FormattableString text) => _text.Append(text.ToString(CultureInfo.InvariantCulture)).Append('\n');

    private void Line(string text = "") => _text.Append(text).Append('\n');
}
