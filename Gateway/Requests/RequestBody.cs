using System.Buffers;

namespace Gateway.Requests;

/// <summary>
/// A request body that can be sent again: in pooled segments, or, for a large upload, in a temporary file that no other process can open
/// by name. Filled by one reader, then read only.
/// </summary>
internal sealed class RequestBody(SegmentPool pool) : IAsyncDisposable
{
    private const int FileBuffer = 64 * 1024;

    /// <summary>Bytes at first for a body that does not tell its length: enough for most. After that, as much again as has come.</summary>
    private const int FirstOfUnknown = 4 * 1024;

    private readonly List<Segment> _segments = [];
    private FileStream? _file;
    private long _reserved;

    /// <summary>Bytes.</summary>
    public long Length { get; private set; }

    public bool IsSpilled => _file is not null;

    /// <summary>Bytes it keeps in memory.</summary>
    public long MemoryBytes { get; private set; }

    /// <summary>Room for the next bytes. Empty when the budget is spent.</summary>
    /// <param name="expected">Bytes still to come as far as known; 0 when unknown.</param>
    /// <param name="budget">The most bytes that all bodies may hold in memory.</param>
    public Memory<byte> GetMemory(long expected, long budget)
    {
        if (_segments.Count > 0 && _segments[^1].Unused is { Length: > 0 } unused)
        {
            return unused;
        }

        long wanted = expected > 0 ? expected : Math.Max(FirstOfUnknown, Length);
        if (pool.TryRent(wanted, budget) is not { } array)
        {
            return Memory<byte>.Empty;
        }

        MemoryBytes += array.Length;
        _segments.Add(new Segment(array, 0));
        return array;
    }

    public void Advance(int bytes)
    {
        _segments[^1] = _segments[^1].With(bytes);
        Length += bytes;
    }

    /// <summary>Takes room on disk for everything that has come so far. False when the budget is spent.</summary>
    public bool TryReserveDisk(long budget)
    {
        long more = Length - _reserved;
        if (!pool.TryTakeDisk(more, budget))
        {
            return false;
        }

        _reserved += more;
        return true;
    }

    /// <summary>Moves what has come so far, and all that follows, to a temporary file.</summary>
    /// <exception cref="IOException">The file cannot be made or written.</exception>
    public async Task SpillAsync(CancellationToken cancellationToken)
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            Share = FileShare.None,
            Options = FileOptions.DeleteOnClose | FileOptions.Asynchronous,

            // Segments are written whole. What a buffer held back on a full disk would be written again, and fail again, when the file is closed.
            BufferSize = 0,
        };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        string path = Path.Combine(Path.GetTempPath(), $"gateway-{Guid.NewGuid():n}.body");
        _file = new FileStream(path, options);
        if (!OperatingSystem.IsWindows())
        {
            // Nameless from here on: whatever happens to us, nobody finds somebody's upload.
            File.Delete(path);
        }

        await FlushToFileAsync(cancellationToken);
    }

    /// <summary>For a spilled body: writes the filled segment out and makes it free again.</summary>
    public async Task FlushToFileAsync(CancellationToken cancellationToken)
    {
        foreach (Segment segment in _segments)
        {
            await _file!.WriteAsync(segment.Used, cancellationToken);
        }

        for (int i = _segments.Count - 1; i > 0; i--)
        {
            Return(i);
        }

        if (_segments.Count > 0)
        {
            _segments[0] = _segments[0] with { Length = 0 };
        }
    }

    /// <summary>Ends filling: a spilled body, all of which is in the file, gives its last memory back.</summary>
    public void Complete()
    {
        if (IsSpilled)
        {
            ReturnAll();
        }
    }

    /// <summary>All bytes of a body that is in memory.</summary>
    public ReadOnlySequence<byte> AsSequence()
    {
        if (_segments.Count <= 1)
        {
            return _segments.Count == 0 ? ReadOnlySequence<byte>.Empty : new ReadOnlySequence<byte>(_segments[0].Used);
        }

        var first = new SequenceSegment(_segments[0].Used, 0);
        SequenceSegment last = first;
        for (int i = 1; i < _segments.Count; i++)
        {
            last = last.Append(_segments[i].Used);
        }

        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }

    /// <summary>Writes the whole body, from its beginning, every time it is called. One call at a time.</summary>
    /// <param name="destination">Where to.</param>
    /// <param name="onWritten">Called after each piece.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public async Task CopyToAsync(Stream destination, Action onWritten, CancellationToken cancellationToken)
    {
        if (_file is not null)
        {
            await CopyFileAsync(_file, 0, Length, destination, onWritten, cancellationToken);
            return;
        }

        foreach (Segment segment in _segments)
        {
            await destination.WriteAsync(segment.Used, cancellationToken);
            onWritten();
        }
    }

    /// <summary>As above, with edits.</summary>
    /// <param name="destination">Where to.</param>
    /// <param name="splices">In their order, not overlapping.</param>
    /// <param name="onWritten">Called after each piece.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public async Task CopyToAsync(Stream destination, IReadOnlyList<BodySplice> splices, Action onWritten, CancellationToken cancellationToken)
    {
        ReadOnlySequence<byte> all = _file is null ? AsSequence() : default;
        long at = 0;
        for (int i = 0; i <= splices.Count; i++)
        {
            BodySplice splice = i < splices.Count ? splices[i] : new BodySplice(Length, 0, default);
            if (_file is not null)
            {
                await CopyFileAsync(_file, at, splice.Offset - at, destination, onWritten, cancellationToken);
            }
            else
            {
                foreach (ReadOnlyMemory<byte> piece in all.Slice(at, splice.Offset - at))
                {
                    await destination.WriteAsync(piece, cancellationToken);
                    onWritten();
                }
            }

            if (!splice.Replacement.IsEmpty)
            {
                await destination.WriteAsync(splice.Replacement, cancellationToken);
            }

            at = splice.End;
        }
    }

    /// <summary>Reads a finished body. One reader at a time, who does not dispose the stream.</summary>
    /// <param name="start">Where to begin.</param>
    public Stream OpenRead(long start = 0)
    {
        if (_file is null)
        {
            return new SequenceStream(AsSequence()) { Position = start };
        }

        _file.Position = start;
        return _file;
    }

    public async ValueTask DisposeAsync()
    {
        ReturnAll();
        if (_file is not null)
        {
            await _file.DisposeAsync();
        }

        pool.ReturnDisk(_reserved);
        _reserved = 0;
    }

    private static async Task CopyFileAsync(FileStream file, long start, long length, Stream destination, Action onWritten, CancellationToken cancellationToken)
    {
        file.Position = start;
        byte[] buffer = ArrayPool<byte>.Shared.Rent(FileBuffer);
        try
        {
            for (long left = length; left > 0;)
            {
                int read = await file.ReadAsync(buffer.AsMemory(0, (int)Math.Min(left, buffer.Length)), cancellationToken);
                if (read == 0)
                {
                    throw new EndOfStreamException("The file of a body is shorter than the body.");
                }

                await destination.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
                onWritten();
                left -= read;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private void ReturnAll()
    {
        for (int i = _segments.Count - 1; i >= 0; i--)
        {
            Return(i);
        }
    }

    private void Return(int index)
    {
        byte[] array = _segments[index].Array;
        _segments.RemoveAt(index);
        MemoryBytes -= array.Length;
        pool.Return(array);
    }

    private readonly record struct Segment(byte[] Array, int Length)
    {
        public Memory<byte> Unused => Array.AsMemory(Length);

        public ReadOnlyMemory<byte> Used => Array.AsMemory(0, Length);

        public Segment With(int more) => this with { Length = Length + more };
    }

    private sealed class SequenceSegment : ReadOnlySequenceSegment<byte>
    {
        public SequenceSegment(ReadOnlyMemory<byte> memory, long start)
        {
            Memory = memory;
            RunningIndex = start;
        }

        public SequenceSegment Append(ReadOnlyMemory<byte> memory)
        {
            var next = new SequenceSegment(memory, RunningIndex + Memory.Length);
            Next = next;
            return next;
        }
    }
}
