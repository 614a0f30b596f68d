namespace UpstreamSimulator.Recording;

/// <summary>A request body that keeps a copy of its beginning while it is read.</summary>
internal sealed class TeeBodyStream(Stream inner) : Stream
{
    private const int MaxCaptured = 1 << 20;
    private readonly Lock _lock = new();
    private readonly MemoryStream _captured = new();
    private long _total;

    public long Total => Interlocked.Read(ref _total);

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public byte[] Captured()
    {
        lock (_lock) return _captured.ToArray();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int read = await inner.ReadAsync(buffer, cancellationToken);
        Interlocked.Add(ref _total, read);
        lock (_lock) _captured.Write(buffer.Span[..Math.Min(read, MaxCaptured - (int)_captured.Length)]);
        return read;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("asynchronous reads only");

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
