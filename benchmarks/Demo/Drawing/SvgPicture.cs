using System.Globalization;
using System.Text;
using Demo.Observing;
using Demo.Scripting;

namespace Demo.Drawing;

/// <summary>The final timeline as an SVG for the README: exact times instead of characters, on a card of its own, readable on white and on black pages.</summary>
internal sealed class SvgPicture
{
    private const int Width = 880;
    private const int Left = 150;
    private const int Right = 24;
    private const int Top = 118;
    private const int RowHeight = 30;
    private const int BarHeight = 16;
    private const string Text = "#e6edf3";
    private const string Faint = "#9198a1";
    private const string Cut = "#ff6b6b";
    private const string Done = "#3fb950";

    private readonly StringBuilder _svg = new();
    private readonly Timeline _timeline;
    private readonly double _perSecond;
    private readonly int _seconds;

    private SvgPicture(Timeline timeline)
    {
        _timeline = timeline;
        _seconds = (int)Math.Ceiling(timeline.Now.TotalSeconds + 0.3);
        _perSecond = (double)(Width - Left - Right) / _seconds;
    }

    public static string Of(Timeline timeline, int slots) => new SvgPicture(timeline).Draw(slots);

    private string Draw(int slots)
    {
        int bottom = Top + (_timeline.Rows.Count * RowHeight);
        int height = bottom + 24;
        Add($"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {Width} {height}" width="{Width}" height="{height}" role="img" font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="13">""");
        Add($"<title>Timeline of a real run of make demo: urgent requests interrupt lower ones, which finish later</title>");
        Add($"""<rect x="0.5" y="0.5" width="{Width - 1}" height="{height - 1}" rx="10" fill="#0d1117" stroke="#3d444d"/>""");
        Label(24, 32, Text, $"A model server takes {slots} calls at once. Urgent work interrupts lower work,", "font-size=\"15\" font-weight=\"bold\"");
        Label(24, 52, Text, $"which is sent again later; its caller sees one ordinary answer.", "font-size=\"15\" font-weight=\"bold\"");
        Legend(78);
        for (int second = 0; second <= _seconds; second++)
        {
            double x = X(TimeSpan.FromSeconds(second));
            Add($"""<line x1="{x:0.0}" y1="{Top - 6}" x2="{x:0.0}" y2="{bottom}" stroke="#262c36"/>""");
            Label(x, Top - 12, Faint, $"{second}s", "font-size=\"11\" text-anchor=\"middle\"");
        }

        Links();
        for (int i = 0; i < _timeline.Rows.Count; i++)
        {
            DrawRow(_timeline.Rows[i], MiddleOf(i));
        }

        Add($"</svg>");
        return _svg.ToString();
    }

    private void Legend(int y)
    {
        Bar(24, y - 3, 26, SegmentKind.Waiting, Faint);
        Label(56, y + 1, Faint, $"waits");
        Bar(116, y - 3, 26, SegmentKind.Running, Faint);
        Label(148, y + 1, Faint, $"at the server");
        Bar(272, y - 3, 26, SegmentKind.Streaming, Faint);
        Label(304, y + 1, Faint, $"streams to its caller");
        Cross(494, y - 3);
        Label(508, y + 1, Faint, $"interrupted");
        Tick(622, y - 3);
        Label(636, y + 1, Faint, $"answered");
    }

    private void DrawRow(Row row, int middle)
    {
        string colour = ColourOf(row.Request.Tier);
        Label(24, middle + 4, colour, $"{row.Request.Name}", "font-weight=\"bold\"");
        Label(96, middle + 4, Faint, $"{row.Request.Kind}", "font-size=\"11\"");
        foreach (Segment segment in Segment.Of(row, _timeline.Now))
        {
            Bar(X(segment.From), middle, X(segment.To) - X(segment.From), segment.Kind, colour);
        }

        foreach (ServerCall call in row.Calls.Where(static call => call.IsInterrupted))
        {
            Cross(X(call.End!.Value), middle);
        }

        if (row.Caller is { EndedAt: { } ended, Answer.Problem: null })
        {
            Tick(X(ended) + 9, middle);
        }
    }

    /// <summary>From each interrupted call to the one that got its slot.</summary>
    private void Links()
    {
        foreach (Interruption interruption in _timeline.Interruptions)
        {
            double x = X(interruption.At);
            int from = MiddleOf(IndexOf(interruption.Victim));
            int to = MiddleOf(IndexOf(interruption.By));
            Add($"""<line x1="{x:0.0}" y1="{from}" x2="{x:0.0}" y2="{to}" stroke="{Cut}" stroke-dasharray="3 3"/>""");
        }
    }

    private void Bar(double x, double middle, double width, SegmentKind kind, string colour)
    {
        if (kind == SegmentKind.Waiting)
        {
            // A wait too short to see would still leave a dot.
            if (width < 2)
            {
                return;
            }

            Add($"""<line x1="{x:0.0}" y1="{middle}" x2="{x + width:0.0}" y2="{middle}" stroke="{colour}" stroke-width="3" stroke-linecap="round" stroke-dasharray="0.1 8"/>""");
            return;
        }

        // A stream is as wide as a call, but striped: content is flowing.
        double stripe = kind == SegmentKind.Streaming ? 3 : BarHeight;
        for (double y = middle - (BarHeight / 2.0); y < middle + (BarHeight / 2.0); y += stripe + 1.5)
        {
            Add($"""<rect x="{x:0.0}" y="{y:0.0}" width="{width:0.0}" height="{stripe}" rx="1.5" fill="{colour}"/>""");
        }
    }

    private void Cross(double x, double y) => Add(
        $"""<path d="M{x - 5:0.0} {y - 5}l10 10m0 -10l-10 10" stroke="#0d1117" stroke-width="6"/><path d="M{x - 5:0.0} {y - 5}l10 10m0 -10l-10 10" stroke="{Cut}" stroke-width="3"/>""");

    private void Tick(double x, double y) =>
        Add($"""<path d="M{x - 5:0.0} {y}l4 5l7 -10" fill="none" stroke="{Done}" stroke-width="2.5"/>""");

    private void Label(double x, double y, string colour, FormattableString text, string more = "") =>
        Add($"""<text x="{x:0.0}" y="{y}" fill="{colour}" {more}>{text.ToString(CultureInfo.InvariantCulture)}</text>""");

    private void Add(FormattableString line) => _svg.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');

    private double X(TimeSpan at) => Left + (at.TotalSeconds * _perSecond);

    private static int MiddleOf(int row) => Top + (row * RowHeight) + (RowHeight / 2);

    private int IndexOf(Row row) => _timeline.Rows.TakeWhile(other => other != row).Count();

    private static string ColourOf(Tier tier) => tier switch
    {
        Tier.Urgent => "#ff9e3b",
        Tier.Normal => "#58a6ff",
        _ => "#7ec699",
    };
}
