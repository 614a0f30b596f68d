namespace Chaos.Reports;

/// <summary>How a scenario ended.</summary>
/// <param name="Rows">That it shows.</param>
/// <param name="Fault">That it made.</param>
/// <param name="Broken">What did not hold.</param>
/// <param name="Late">What did not hold against a clock.</param>
/// <param name="IsTimed">Does the clock count? Not on a machine that others use at the same time.</param>
/// <param name="Figures">What was seen.</param>
/// <param name="Took">The whole of it.</param>
internal sealed record Verdict(string Rows, string Fault, IReadOnlyList<string> Broken, IReadOnlyList<string> Late, bool IsTimed, string Figures, TimeSpan Took)
{
    public bool Passed => Broken.Count == 0 && (Late.Count == 0 || !IsTimed);

    public string Outcome =>
        Passed ? Late.Count == 0 ? "pass" : $"pass, but for the clock on a busy machine: {string.Join("; ", Late)}" : $"**fail**: {string.Join("; ", Broken.Concat(Late))}";
}
