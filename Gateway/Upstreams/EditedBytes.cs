using System.Buffers;

namespace Gateway.Upstreams;

/// <summary>
/// Collects the pieces of an edited part of an answer in one stretch of the output's memory: to hand out memory and to take it back costs
/// the output more than the pieces do.
/// </summary>
internal ref struct EditedBytes(IBufferWriter<byte> output, int expected)
{
    /// <summary>More at once would come from a slower pool.</summary>
    private const int MaxAtOnce = 4096;

    private Span<byte> _room = output.GetSpan(Math.Min(expected, MaxAtOnce));
    private int _used;

    /// <summary>Bytes written in all.</summary>
    public long Written { get; private set; }

    public void Write(scoped ReadOnlySpan<byte> bytes)
    {
        Written += bytes.Length;
        if (bytes.Length > _room.Length - _used)
        {
            Flush();
            if (bytes.Length > MaxAtOnce)
            {
                output.Write(bytes);
                return;
            }

            _room = output.GetSpan(Math.Max(bytes.Length, Math.Min(expected, MaxAtOnce)));
        }

        bytes.CopyTo(_room[_used..]);
        _used += bytes.Length;
    }

    /// <summary>Call at the end.</summary>
    public void Flush()
    {
        output.Advance(_used);
        _room = default;
        _used = 0;
    }
}
