namespace Demo.Drawing;

/// <summary>What a request does for a while.</summary>
internal enum SegmentKind
{
    Waiting,
    Running,
    Streaming,
}
