using Load.Driver.Scenarios;

namespace Load.Driver.Reports;

/// <summary>Medians over the rounds of a scenario.</summary>
internal static class Statistics
{
    public static Spread? Values(ScenarioResult result, string target, Metric metric) =>
        Spread.Of(Rounds(result, target).Select(measurement => measurement.Values[metric]));

    /// <summary>Ratios within a round, where both targets met the same machine; their median is steadier than the ratio of two medians.</summary>
    public static Spread? Ratios(ScenarioResult result, string target, string of, Metric metric) => Spread.Of(
        Pairs(result, target, of, metric).Where(static pair => pair.Other > 0).Select(static pair => pair.Own / pair.Other));

    /// <summary>Differences within a round, for the same reason.</summary>
    public static Spread? Differences(ScenarioResult result, string target, string of, Metric metric) =>
        Spread.Of(Pairs(result, target, of, metric).Select(static pair => pair.Own - pair.Other));

    public static int Errors(ScenarioResult result, string target) => Rounds(result, target).Sum(measurement => measurement.Errors);

    private static IEnumerable<(double Own, double Other)> Pairs(ScenarioResult result, string target, string of, Metric metric) =>
        from own in Rounds(result, target)
        join other in Rounds(result, of) on own.Round equals other.Round
        select (own.Values[metric], other.Values[metric]);

    private static IEnumerable<Measurement> Rounds(ScenarioResult result, string target) =>
        result.Measurements.Where(measurement => measurement.Target == target);
}
