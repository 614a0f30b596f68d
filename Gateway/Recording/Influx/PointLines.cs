namespace Gateway.Recording.Influx;

/// <summary>Points as lines, to be sent together.</summary>
/// <param name="Bytes">A line feed ends each, and is in none.</param>
/// <param name="Count">Lines in it.</param>
internal readonly record struct PointLines(ReadOnlyMemory<byte> Bytes, int Count)
{
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
