using System.Buffers;

namespace Gateway.Requests;

/// <summary>Reads bytes that lie in memory, and knows where it is: a form's reader tells by that where its fields lie.</summary>
internal sealed class SequenceStream(ReadOnlySequence<byte> bytes) : Stream
{
    private readonly ReadOnlySequence<byte> _all = bytes;
    private ReadOnlySequence<byte> _rest = bytes;

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => _all.Length;

    public override long Position
    {
        get => _all.Length - _rest.Length;
        set => _rest = _all.Slice(value);
    }

    public override int Read(Span<byte> buffer)
    {
        int length = (int)Math.Min(buffer.Length, _rest.Length);
        _rest.Slice(0, length).CopyTo(buffer);
        _rest = _rest.Slice(length);
        return length;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => new(Read(buffer.Span));

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => Task.FromResult(Read(buffer.AsSpan(offset, count)));

    public override long Seek(long offset, SeekOrigin origin) => Position = offset + origin switch
    {
        SeekOrigin.Begin => 0,
        SeekOrigin.Current => Position,
        _ => Length,
    };

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
