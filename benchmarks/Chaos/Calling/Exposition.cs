using System.Globalization;

namespace Chaos.Calling;

/// <summary>One reading of <c>/metrics</c>.</summary>
internal sealed class Exposition(string text)
{
    /// <summary>All series of a name that hold a label, e.g. <c>result="dropped"</c>, added up; 0 when there is none.</summary>
    public double Sum(string name, string label = "") => text.Split('\n')
        .Where(line => line.StartsWith(name, StringComparison.Ordinal) && line.Length > name.Length && line[name.Length] is '{' or ' '
            && line.StartsWith(name + line[name.Length], StringComparison.Ordinal) && line.Contains(label, StringComparison.Ordinal))
        .Sum(static line => double.Parse(line.AsSpan(line.LastIndexOf(' ') + 1), CultureInfo.InvariantCulture));
}
