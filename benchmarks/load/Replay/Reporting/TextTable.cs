using System.Text;

namespace Load.Replay;

/// <summary>A table that reads well in a terminal and is valid Markdown. The first column is text, the others are numbers.</summary>
internal sealed class TextTable(IReadOnlyList<string> headers)
{
    private readonly List<IReadOnlyList<string>> _rows = [headers];

    public void Add(IReadOnlyList<string> cells) => _rows.Add(cells);

    public override string ToString()
    {
        int[] widths = [.. headers.Select((_, column) => _rows.Max(row => row[column].Length))];
        var text = new StringBuilder();
        foreach (IReadOnlyList<string> row in _rows)
        {
            text.Append("| ").AppendJoin(" | ", row.Select((cell, column) => Pad(cell, widths[column], column))).Append(" |\n");
            if (ReferenceEquals(row, headers))
            {
                text.Append('|').AppendJoin('|', widths.Select(Rule)).Append("|\n");
            }
        }

        return text.ToString();
    }

    private static string Pad(string cell, int width, int column) => column == 0 ? cell.PadRight(width) : cell.PadLeft(width);

    private static string Rule(int width, int column) => new string('-', width + 1) + (column == 0 ? '-' : ':');
}
