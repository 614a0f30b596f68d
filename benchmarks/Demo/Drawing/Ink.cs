namespace Demo.Drawing;

/// <summary>The colours of the picture, by meaning.</summary>
internal enum Ink
{
    Plain,
    Strong,
    Faint,
    Urgent,
    Normal,
    Batch,
    Cut,
    Done,
}
