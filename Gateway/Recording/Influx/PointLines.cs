using System.Buffers.Text;

namespace Gateway.Recording.Influx;

/// <summary>Points as lines, to be sent together.</summary>
/// <param name="Bytes">A line feed ends each, and is in none.</param>
/// <param name="Count">Lines in it.</param>
internal readonly record struct PointLines(ReadOnlyMemory<byte> Bytes, int Count)
{
    /// <summary>Time of the first one, in nanoseconds; 0 when there is none.</summary>
    public long BeganAt
    {
        get
        {
            ReadOnlySpan<byte> first = Bytes.Span[..(Bytes.Span.IndexOf((byte)'\n') + 1)];
            return Utf8Parser.TryParse(first[(first.LastIndexOf((byte)' ') + 1)..], out long time, out _) ? time : 0;
        }
    }

    /// <summary>False when these are no lines.</summary>
    public static bool TryRead(ReadOnlyMemory<byte> bytes, out PointLines lines)
    {
        ReadOnlySpan<byte> text = bytes.Span;
        lines = new PointLines(bytes, text.Count((byte)'\n'));
        return text.IsEmpty || (text[^1] == '\n' && !text.ContainsAnyInRange((byte)0, (byte)('\n' - 1)) && !text.ContainsAnyInRange((byte)('\n' + 1), (byte)(' ' - 1)));
    }

    /// <summary>Of two or more.</summary>
    public (PointLines First, PointLines Second) Halve()
    {
        int half = Count / 2;
        int end = 0;
        for (int i = 0; i < half; i++)
        {
            end += Bytes.Span[end..].IndexOf((byte)'\n') + 1;
        }

        return (new PointLines(Bytes[..end], half), new PointLines(Bytes[end..], Count - half));
    }
}
