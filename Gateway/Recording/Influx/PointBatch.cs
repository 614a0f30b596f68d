using System.Buffers;

namespace Gateway.Recording.Influx;

/// <summary>
/// Points as lines, written when their request ends: to keep the records until they are sent would have the garbage collector move each of them
/// twice. Not thread-safe.
/// </summary>
internal sealed class PointBatch
{
    /// <summary>A batch of long names is full with fewer points.</summary>
    public const int MaxBytes = 3 * 1024 * 1024;

    /// <summary>Above what a line can have: seven texts of <see cref="LineText.MaxLength"/> characters, of three bytes at most, and what is between them.</summary>
    public const int MaxLine = 16 * 1024;

    private readonly ArrayBufferWriter<byte> _lines = new(64 * 1024);
    private readonly RequestPoint _point;
    private readonly PointFile? _file;

    /// <param name="modelOf">The model as a tag.</param>
    /// <param name="file">Where the lines are kept too; null = in memory only.</param>
    /// <param name="found">What is in the file already.</param>
    public PointBatch(Func<AccessRecord, string> modelOf, PointFile? file, PointLines found = default)
    {
        (_point, _file, Count) = (new RequestPoint(_lines, modelOf), file, found.Count);
        _lines.Write(found.Bytes.Span);
    }

    /// <summary>What is in it outlives the process.</summary>
    public bool IsKept => _file is not null;

    /// <summary>Points in it.</summary>
    public int Count { get; private set; }

    public bool IsFull => Count >= InfluxSink.MaxBatch || _lines.WrittenCount >= MaxBytes;

    /// <summary>Until it is cleared, or more is added.</summary>
    public PointLines Lines => new(_lines.WrittenMemory, Count);

    public void Add(AccessRecord record)
    {
        int before = _lines.WrittenCount;
        _point.Write(record);
        _file?.Append(_lines.WrittenSpan[before..]);
        Count++;
    }

    /// <summary>Its points are stored or lost: not to be sent again.</summary>
    public void Clear()
    {
        _lines.ResetWrittenCount();
        _file?.Clear();
        Count = 0;
    }
}
