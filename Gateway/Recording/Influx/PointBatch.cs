using System.Buffers;

namespace Gateway.Recording.Influx;

/// <summary>
/// Points as lines, written when their request ends: to keep the records until they are sent would have the garbage collector move each of them
/// twice. Not thread-safe.
/// </summary>
internal sealed class PointBatch
{
    private readonly ArrayBufferWriter<byte> _lines = new(64 * 1024);
    private readonly RequestPoint _point;

    /// <param name="modelOf">The model as a tag.</param>
    public PointBatch(Func<AccessRecord, string> modelOf) => _point = new RequestPoint(_lines, modelOf);

    /// <summary>Points in it.</summary>
    public int Count { get; private set; }

    /// <summary>Until it is cleared, or more is added.</summary>
    public PointLines Lines => new(_lines.WrittenMemory, Count);

    public void Add(AccessRecord record)
    {
        _point.Write(record);
        Count++;
    }

    public void Clear()
    {
        _lines.ResetWrittenCount();
        Count = 0;
    }
}
