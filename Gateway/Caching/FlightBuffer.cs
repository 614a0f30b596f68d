namespace Gateway.Caching;

/// <summary>
/// The bytes of an answer under way: one writes, many read, each from where it stands. Guarded by its flight's lock, but for the bytes
/// themselves, which nobody changes once they are published.
/// </summary>
internal sealed class FlightBuffer(CacheBudget budget)
{
    /// <summary>Of the slowest member, in an answer that is too long to be kept.</summary>
    private const int Window = 256 * 1024;
    private const int FirstSegment = 4 * 1024;
    private const int LastSegment = 64 * 1024;

    private readonly List<Segment> _segments = [];
    private long _published;
    private long _written;

    /// <summary>It outgrew the largest answer that is kept, or the cache's memory is all in use.</summary>
    public bool IsOverflowing { get; private set; }

    public Memory<byte> GetMemory(int sizeHint)
    {
        if (_segments.Count > 0 && _segments[^1] is var last && last.Bytes.Length - last.Length >= Math.Max(sizeHint, 1))
        {
            return last.Bytes.AsMemory(last.Length);
        }

        int size = Math.Max(sizeHint, Math.Min(LastSegment, FirstSegment << Math.Min(_segments.Count * 2, 8)));
        var segment = new Segment(_written, TryTake(size) ? size : 0, GC.AllocateUninitializedArray<byte>(size));
        _segments.Add(segment);
        return segment.Bytes;
    }

    public void Advance(int bytes)
    {
        if (bytes > 0)
        {
            _segments[^1].Length += bytes;
            _written += bytes;
        }
    }

    public void Publish() => _published = _written;

    /// <summary>What is published from here on, as far as it lies together.</summary>
    public ReadOnlyMemory<byte> PieceAt(long position)
    {
        if (position >= _published)
        {
            return default;
        }

        Segment segment = _segments[IndexOf(position)];
        int from = (int)(position - segment.Start);
        return segment.Bytes.AsMemory(from, (int)Math.Min(segment.Length, _published - segment.Start) - from);
    }

    public bool IsFullFor(long slowest) => _written - slowest > Window;

    /// <summary>Lets go of what everybody has taken.</summary>
    public void Trim(long position)
    {
        int gone = 0;
        while (gone < _segments.Count - 1 && _segments[gone].Start + _segments[gone].Length <= position)
        {
            gone++;
        }

        LetGo(gone);
    }

    public byte[] ToArray()
    {
        byte[] all = GC.AllocateUninitializedArray<byte>((int)_written);
        foreach (Segment segment in _segments)
        {
            segment.Bytes.AsSpan(0, segment.Length).CopyTo(all.AsSpan((int)segment.Start));
        }

        return all;
    }

    /// <summary>Nobody writes or reads any more.</summary>
    public void Release() => LetGo(_segments.Count);

    /// <summary>Beyond what is kept there is the window, which nobody counts.</summary>
    private bool TryTake(int bytes)
    {
        IsOverflowing = IsOverflowing || _written + bytes > budget.Largest || !budget.TryTake(bytes);
        return !IsOverflowing;
    }

    private void LetGo(int segments)
    {
        for (int i = 0; i < segments; i++)
        {
            budget.Return(_segments[i].Counted);
        }

        _segments.RemoveRange(0, segments);
    }

    private int IndexOf(long position)
    {
        int low = 0, high = _segments.Count - 1;
        while (low < high)
        {
            int middle = (low + high + 1) / 2;
            (low, high) = _segments[middle].Start <= position ? (middle, high) : (low, middle - 1);
        }

        return low;
    }

    private sealed class Segment(long start, int counted, byte[] bytes)
    {
        public long Start { get; } = start;

        /// <summary>What the cache's memory counts of it.</summary>
        public int Counted { get; } = counted;

        public byte[] Bytes { get; } = bytes;

        public int Length { get; set; }
    }
}
