namespace Chaos.Scenarios;

/// <summary>What a scenario has found: what did not hold, and the figures.</summary>
internal sealed class Findings(bool isFull)
{
    private readonly List<string> _broken = [];
    private readonly List<string> _figures = [];

    public IReadOnlyList<string> Broken => _broken;

    public string Figures => string.Join("; ", _figures);

    public void Tell(string figure) => _figures.Add(figure);

    /// <summary>Must hold on any machine.</summary>
    public void Must(bool holds, string what)
    {
        if (!holds)
            _broken.Add(what);
    }

    /// <summary>Held against a clock: not in the short version, which runs beside other work.</summary>
    public void InTime(bool holds, string what) => Must(holds || !isFull, what);
}
