using Demo.Observing;

namespace Demo.Drawing;

/// <summary>A pipe or a log: a line per event, and the whole picture once, at the end.</summary>
internal sealed class PlainScreen : IScreen
{
    private readonly TextWriter _output;
    private readonly Painter _painter;
    private readonly int _slots;
    private readonly HashSet<ShowEvent> _told = [];

    public PlainScreen(TextWriter output, Painter painter, int slots)
    {
        (_output, _painter, _slots) = (output, painter, slots);
        Write(Picture.Header(slots).Select(painter.Line));
    }

    public void Show(Timeline timeline) => Write(EventList.Of(timeline).Where(_told.Add).Select(_painter.Event));

    public void End(Timeline timeline)
    {
        Show(timeline);
        Write(Picture.Of(timeline, _slots).Select(_painter.Line).Prepend(""));
    }

    public void Dispose() => _output.Flush();

    private void Write(IEnumerable<string> lines)
    {
        foreach (string line in lines)
        {
            _output.WriteLine(line);
        }

        _output.Flush();
    }
}
