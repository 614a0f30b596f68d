using System.Globalization;

namespace Gateway.Benchmarks.Reaction;

/// <summary>Milliseconds of all rounds.</summary>
internal sealed class ReactionTimes
{
    /// <summary>The promise: median from the urgent request to its upstream call, on an idle machine.</summary>
    private const double StartLimit = 5;

    /// <summary>The promise: median until the upstream notices the victim's abort.</summary>
    private const double AbortLimit = 10;

    private readonly List<double> _idle = [];
    private readonly List<double> _start = [];
    private readonly List<double> _abort = [];

    public bool IsKept => At(_start, 0.5) <= StartLimit && At(_abort, 0.5) <= AbortLimit;

    public void Add(double idle, double start, double abort)
    {
        _idle.Add(idle);
        _start.Add(start);
        _abort.Add(abort);
    }

    public string Report() => $"""
        | from just before the urgent request is sent | p50 ms | p99 ms | max ms | promise |
        |---|---|---|---|---|
        {Row("to its upstream call, with a free slot", _idle, "-")}
        {Row("to its upstream call, preempting", _start, $"p50 at most {StartLimit:0} ms")}
        {Row("to the upstream noticing the victim's abort", _abort, $"p50 at most {AbortLimit:0} ms")}
        """;

    private static string Row(string name, List<double> values, string promise) => string.Create(
        CultureInfo.InvariantCulture, $"| {name} | {At(values, 0.5):0.00} | {At(values, 0.99):0.00} | {At(values, 1):0.00} | {promise} |");

    private static double At(List<double> values, double quantile)
    {
        List<double> sorted = [.. values.Order()];
        return sorted.Count == 0 ? double.PositiveInfinity : sorted[Math.Min(sorted.Count - 1, (int)(quantile * sorted.Count))];
    }
}
