using System.Runtime.CompilerServices;

namespace Gateway.Upstreams;

/// <summary>
/// What the handler writes calls to and reads answers from over HTTP/1.1, behind TLS. It sees to it that a call is sent once: of a request without a
/// body, an upstream that takes it and closes without a word would be sent three more by the handler, which holds the connection for one that had
/// been idle for too long. Whether to send again is decided by us, who know the method, count, and tell. A health check follows no attempt, and may be repeated.
/// </summary>
/// <param name="inner">The connection, or the TLS on it.</param>
internal sealed class CallStream(Stream inner) : Stream
{
    /// <summary>States of <c>_state</c>: is an answer due that has not begun, and has the upstream closed its side?</summary>
    private const int Quiet = 0, AnswerDue = 1, Over = 2;

    private AttemptConnection? _attempt;
    private int _state;

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int read = await inner.ReadAsync(buffer, cancellationToken);
        if (read > 0)
        {
            Interlocked.CompareExchange(ref _state, Quiet, AnswerDue);
        }
        else if (buffer.Length > 0 && Interlocked.Exchange(ref _state, Over) == AnswerDue)
        {
            // An end in order would have the handler send the call again.
            throw new HttpIOException(HttpRequestError.ResponseEnded);
        }

        return read;
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        MayBegin() ? inner.WriteAsync(buffer, cancellationToken) : ValueTask.CompletedTask;

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush() => throw new NotSupportedException();

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
        }

        base.Dispose(disposing);
    }

    /// <summary>
    /// False when the upstream had closed before anything of the call was sent. Nothing is, then: the handler, which reads the end next, may take
    /// another connection, and the upstream has the call once all the same.
    /// </summary>
    private bool MayBegin()
    {
        AttemptConnection? attempt = UpstreamConnection.Followed;
        if (attempt is null || attempt == _attempt)
        {
            // The rest of a call; or what is written in a tunnel, where no answer is due to any of it.
            return true;
        }

        if (Interlocked.CompareExchange(ref _state, AnswerDue, Quiet) == Over)
        {
            return false;
        }

        _attempt = attempt;
        return true;
    }
}
