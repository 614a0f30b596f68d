using System.Globalization;
using System.Text;

namespace Demo.Drawing;

/// <summary>How much time one character stands for, and the numbers above the rows.</summary>
internal sealed record TimeAxis(TimeSpan Step, int Cells)
{
    // Each number needs four columns.
    private const int CellsPerLabel = 4;

    /// <summary>A quarter of a second per character, or as much more as it takes to have room for everything.</summary>
    public static TimeAxis Until(TimeSpan now, int cells)
    {
        TimeSpan step = TimeSpan.FromSeconds(0.25);
        while (now >= step * cells)
        {
            step *= 2;
        }

        return new TimeAxis(step, cells);
    }

    public string Labels()
    {
        var text = new StringBuilder();
        for (int cell = 0; cell + CellsPerLabel <= Cells; cell += CellsPerLabel)
        {
            text.Append(string.Create(CultureInfo.InvariantCulture, $"{(cell * Step).TotalSeconds:0.#}s").PadRight(CellsPerLabel));
        }

        return text.ToString().TrimEnd();
    }
}
