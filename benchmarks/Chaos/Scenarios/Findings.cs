namespace Chaos.Scenarios;

/// <summary>What a scenario has found: what did not hold, what came too late, and the figures.</summary>
internal sealed class Findings
{
    private readonly List<string> _broken = [];
    private readonly List<string> _late = [];
    private readonly List<string> _figures = [];

    public IReadOnlyList<string> Broken => _broken;

    public IReadOnlyList<string> Late => _late;

    public string Figures => string.Join("; ", _figures);

    public void Tell(string figure) => _figures.Add(figure);

    /// <summary>Must hold on any machine.</summary>
    public void Must(bool holds, string what)
    {
        if (!holds)
            _broken.Add(what);
    }

    /// <summary>Held against a clock, which means something only where nobody else uses the machine.</summary>
    public void InTime(bool holds, string what)
    {
        if (!holds)
            _late.Add(what);
    }
}
