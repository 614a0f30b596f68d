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
                foreach (Limit limit in result.Scenario.Limits)
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
        bool binding = target.Name == "gateway" || limit.RelativeTo == "gateway";
        if (limit.RelativeTo is not { } other)
        {
            if (Statistics.Values(result, target.Name, limit.Metric) is not { } value)
                return null;
            string seen = value.Format(limit.Metric.Format);
            return new Verdict(result.Scenario.Name, target.Name, $"{limit.Metric.Title} at most {bound}{result.Scenario.Qualifier}", seen, value.Median <= limit.Max, binding);
        }

        // Without the other in the run there is nothing to hold the ratio against.
        if (target.Name == other || targets.All(known => known.Name != other) || Statistics.Ratios(result, target.Name, other, limit.Metric) is not { } ratio)
            return null;
        return new Verdict(
            result.Scenario.Name,
            target.Name,
            $"{limit.Metric.Title} at most {bound} x {other}{result.Scenario.Qualifier}",
            ratio.Format(number => number.ToString("F2", CultureInfo.InvariantCulture)),
            ratio.Median <= limit.Max,
            binding);
    }
}
