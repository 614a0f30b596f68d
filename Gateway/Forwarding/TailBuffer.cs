namespace Gateway.Forwarding;

/// <summary>Keeps the last bytes of what passes. Allocates only as much as really came.</summary>
internal struct TailBuffer(int capacity)
{
    private byte[] _bytes = [];
    private int _length;

    public readonly ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, _length);

    public readonly ReadOnlyMemory<byte> Kept => _bytes.AsMemory(0, _length);

    public void Add(ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<byte> added = bytes.Length > capacity ? bytes[^capacity..] : bytes;
        int kept = Math.Min(_length, capacity - added.Length);
        if (_bytes.Length < kept + added.Length)
        {
            byte[] larger = new byte[kept + added.Length];
            _bytes.AsSpan(_length - kept, kept).CopyTo(larger);
            _bytes = larger;
        }
        else
        {
            _bytes.AsSpan(_length - kept, kept).CopyTo(_bytes);
        }

        added.CopyTo(_bytes.AsSpan(kept));
        _length = kept + added.Length;
    }

    public void Clear() => _length = 0;
}
