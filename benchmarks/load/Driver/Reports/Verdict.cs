using System.Globalization;
using Load.Driver.Scenarios;
using Load.Driver.Targets;

namespace Load.Driver.Reports;

/// <summary>One threshold held against one target. Only <c>Binding</c> ones decide the exit code: variants are experiments.</summary>
internal sealed record Verdict(string Scenario, string Target, string What, string Seen, bool Passed, bool Binding)
{
    public static IEnumerable<Verdict> Of(ScenarioResult result, IReadOnlyList<Target> asked)
    {
        IReadOnlyList<Target> targets = result.Scenario.TargetsOf(asked);
        foreach (Target target in targets)
        {
            int errors = Statistics.Errors(result, target.Name);
            bool isGateway = target.Kind == TargetKind.Gateway;
            string? firstError = result.Measurements.FirstOrDefault(m => m.Target == target.Name && m.FirstError is not null)?.FirstError;
            string seen = firstError is null ? errors.ToString(CultureInfo.InvariantCulture) : $"{errors} ({firstError})";
            yield return new Verdict(result.Scenario.Name, target.Name, "no errors", seen, errors == 0, Binding: true);
            if (isGateway)
            {
                foreach (Limit limit in result.Scenario.Limits.Where(limit => limit.Of is null || limit.Of == target.Name))
                {
                    if (Of(result, target, limit, targets) is { } verdict)
                        yield return verdict;
                }
            }
        }
    }

    private static Verdict? Of(ScenarioResult result, Target target, Limit limit, IReadOnlyList<Target> targets)
    {
        string bound = limit.Max.ToString("0.##", CultureInfo.InvariantCulture);
        bool binding = target.Name is "gateway" || limit.RelativeTo is "gateway" || limit.Of is not null;
        if (limit.RelativeTo is not { } other)
        {
            if (Statistics.Values(result, target.Name, limit.Metric) is not { } value)
                return null;
            string seen = value.Format(limit.Metric.Format);
            return new Verdict(result.Scenario.Name, target.Name, $"{limit.Metric.Title} at most {bound}{result.Scenario.Qualifier}", seen, value.Median <= limit.Max, binding);
        }

        // Without the other in the run there is nothing to hold the ratio against.
        if (target.Name == other || targets.All(known => known.Name != other) || Compared(result, target.Name, other, limit) is not { } seenOf)
            return null;
        return new Verdict(
            result.Scenario.Name,
            target.Name,
            $"{limit.Metric.Title} at most {bound} {(limit.IsDifference ? "more than" : "x")} {other}{result.Scenario.Qualifier}",
            seenOf.Format(number => number.ToString("F2", CultureInfo.InvariantCulture)),
            seenOf.Median <= limit.Max,
            binding);
    }

    private static Spread? Compared(ScenarioResult result, string target, string other, Limit limit) => limit.IsDifference
        ? Statistics.Differences(result, target, other, limit.Metric)
        : Statistics.Ratios(result, target, other, limit.Metric);
}
