using System.Text;
using Demo.Observing;

namespace Demo.Drawing;

/// <summary>A terminal: the picture grows in place, the last events below it.</summary>
internal sealed class LiveScreen : IScreen
{
    private const int EventLines = 5;

    // Without wrapping, a narrow terminal cuts lines off instead of breaking the count of lines to go back.
    private const string Enter = "\e[?25l\e[?7l";
    private const string Leave = "\e[?7h\e[?25h";

    private readonly TextWriter _terminal;
    private readonly Painter _painter;
    private readonly int _slots;
    private int _drawn;

    public LiveScreen(TextWriter terminal, Painter painter, int slots)
    {
        (_terminal, _painter, _slots) = (terminal, painter, slots);
        _terminal.Write(Enter);
        Draw(Picture.Header(slots).Select(painter.Line));
        _drawn = 0;
    }

    /// <summary>Lines the terminal must have.</summary>
    public static int HeightFor(int rows) => rows + 10 + EventLines;

    public void Show(Timeline timeline)
    {
        IEnumerable<string> events = EventList.Of(timeline).TakeLast(EventLines).Select(_painter.Event);
        Draw(Lines(timeline).Append("").Concat(events));
    }

    public void End(Timeline timeline) => Draw(Lines(timeline));

    public void Dispose()
    {
        _terminal.Write(Leave);
        _terminal.Flush();
    }

    private IEnumerable<string> Lines(Timeline timeline) => Picture.Of(timeline, _slots).Select(_painter.Line);

    /// <summary>Over the last picture, in one write, so that no half picture is ever seen.</summary>
    private void Draw(IEnumerable<string> lines)
    {
        var frame = new StringBuilder();
        if (_drawn > 0)
        {
            frame.Append("\e[").Append(_drawn).Append('F');
        }

        _drawn = 0;
        foreach (string line in lines)
        {
            frame.Append(line).Append("\e[K\n");
            _drawn++;
        }

        _terminal.Write(frame.Append("\e[J").ToString());
        _terminal.Flush();
    }
}
