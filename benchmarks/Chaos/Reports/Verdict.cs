namespace Chaos.Reports;

/// <summary>How a scenario ended.</summary>
internal sealed record Verdict(string Rows, string Fault, IReadOnlyList<string> Broken, string Figures, TimeSpan Took)
{
    public bool Passed => Broken.Count == 0;
}
