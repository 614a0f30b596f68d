namespace Demo.Drawing;

/// <summary>The characters of the picture; all of them one column wide in every terminal.</summary>
internal static class Glyphs
{
    public const char Waiting = '·';
    public const char Running = '█';
    public const char Streaming = '▓';
    public const char Interrupted = 'x';
    public const char Done = '✓';
    public const char Failed = '!';

    public static char Of(SegmentKind kind) => kind switch
    {
        SegmentKind.Running => Running,
        SegmentKind.Streaming => Streaming,
        _ => Waiting,
    };
}
