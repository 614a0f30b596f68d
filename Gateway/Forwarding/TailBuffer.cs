namespace Gateway.Forwarding;

/// <summary>
/// Keeps the last bytes of what passes. It begins with as much as came first and grows by half of itself up to its capacity: thousands of streams have one
/// each. From there on what comes takes the place of the oldest, and nothing else moves until somebody looks.
/// </summary>
internal struct TailBuffer(int capacity)
{
    private byte[] _bytes = [];
    private int _length;

    /// <summary>Where the oldest byte is. Not the first place only when the capacity is full.</summary>
    private int _start;

    public ReadOnlySpan<byte> Bytes => Kept.Span;

    public ReadOnlyMemory<byte> Kept
    {
        get
        {
            Straighten();
            return _bytes.AsMemory(0, _length);
        }
    }

    public void Add(ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<byte> added = bytes.Length > capacity ? bytes[^capacity..] : bytes;
        int length = Math.Min(_length + added.Length, capacity);
        if (_bytes.Length < length)
        {
            Array.Resize(ref _bytes, Math.Min(Math.Max(length, _bytes.Length + (_bytes.Length / 2)), capacity));
        }

        int end = _start + _length;
        int at = end < _bytes.Length ? end : end - _bytes.Length;
        int first = Math.Min(added.Length, _bytes.Length - at);
        added[..first].CopyTo(_bytes.AsSpan(at));
        added[first..].CopyTo(_bytes);
        int oldest = end + added.Length - length;
        _start = oldest < capacity ? oldest : oldest - capacity;
        _length = length;
    }

    public void Clear() => (_start, _length) = (0, 0);

    private void Straighten()
    {
        if (_start > 0)
        {
            _bytes.AsSpan(0, _start).Reverse();
            _bytes.AsSpan(_start).Reverse();
            _bytes.AsSpan().Reverse();
            _start = 0;
        }
    }
}
