using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace Gateway.Upstreams;

/// <summary>
/// What the handler writes calls to and reads answers from over HTTP/1.1, behind TLS. It sees to it that a call is sent once: of a request without a
/// body, an upstream that takes it and closes without a word would be sent three more by the handler, which holds the connection for one that had
/// been idle for too long. Whether to send again is decided by us, who know the method, count, and tell. A health check follows no attempt, and may be repeated.
/// And that an answer is read which comes before the whole request is written: the handler reads none while it writes, and an upstream that has refused a
/// body reads no more of it. So while a write is stuck or has failed, this looks for an answer itself. A refusal ends the writing, and its connection.
/// </summary>
/// <param name="inner">The connection, or the TLS on it.</param>
/// <param name="connection">The connection itself; null when it is not known.</param>
internal sealed class CallStream(Stream inner, UpstreamConnection? connection) : ForwardOnlyStream
{
    /// <summary>States of <c>_state</c>: is an answer due that has not begun, and has the upstream closed its side?</summary>
    private const int Quiet = 0, AnswerDue = 1, Over = 2;

    private const int AheadLength = 4096;

    /// <summary>Where the first digit of the status is.</summary>
    private const int StatusAt = 9;

    private readonly Lock _turn = new();
    private AttemptConnection? _attempt;
    private int _state;

    /// <summary>Our own read, until the handler has taken what it brought.</summary>
    private Task? _ahead;

    /// <summary>Read, and not given to the handler yet.</summary>
    private ReadOnlyMemory<byte> _held;

    /// <summary>The handler reads, and this is who waits for what it gets.</summary>
    private bool _isRead;
    private TaskCompletionSource? _readEnds;

    /// <summary>The request has been refused before it was whole: no more of it is sent.</summary>
    private volatile bool _isRefused;

    public override bool CanWrite => true;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Task? ahead;
        lock (_turn)
        {
            ahead = _ahead;
            _isRead = ahead is null && _held.IsEmpty;
        }

        return ahead is not null ? TakeAsync(ahead, buffer)
            : _isRead ? ReadInnerAsync(buffer, cancellationToken)
            : new ValueTask<int>(Taken(buffer));
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (!MayBegin())
        {
            return ValueTask.CompletedTask;
        }

        if (_isRefused)
        {
            connection?.StopWriting();
            return ValueTask.CompletedTask;
        }

        ValueTask write = inner.WriteAsync(buffer, cancellationToken);

        // The refusal may have been read while the write began: no answer is due any longer, and it is stuck all the same.
        bool mayBeRefused = !write.IsCompletedSuccessfully && connection is not null && _attempt?.IsUnfinished is not null
            && (Volatile.Read(ref _state) == AnswerDue || _isRefused);
        return mayBeRefused ? WatchAsync(write.AsTask()) : write;
    }

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

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> ReadInnerAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        bool isTold = true;
        try
        {
            int read = await inner.ReadAsync(buffer, cancellationToken);
            isTold = buffer.Length > 0;
            if (read > 0 && Volatile.Read(ref _state) == AnswerDue && _attempt?.IsUnfinished?.Invoke() == true && Begun(buffer[..read]) is { } refusal)
            {
                _held = refusal;
                return Taken(buffer);
            }

            return Read(read, buffer.Length);
        }
        finally
        {
            TaskCompletionSource? ends = null;
            lock (_turn)
            {
                _isRead = false;
                if (isTold)
                {
                    (ends, _readEnds) = (_readEnds, null);
                }
            }

            ends?.SetResult();
        }
    }

    private async ValueTask<int> TakeAsync(Task ahead, Memory<byte> buffer)
    {
        await ahead;
        return Taken(buffer);
    }

    /// <summary>What was read ahead; its end, if that is what it was.</summary>
    private int Taken(Memory<byte> buffer)
    {
        if (buffer.Length == 0)
        {
            return 0;
        }

        lock (_turn)
        {
            _ahead = null;
        }

        int length = Math.Min(buffer.Length, _held.Length);
        _held[..length].CopyTo(buffer);
        _held = _held[length..];
        return Read(length, buffer.Length);
    }

    private int Read(int read, int most)
    {
        if (read > 0)
        {
            Interlocked.CompareExchange(ref _state, Quiet, AnswerDue);
        }
        else if (most > 0 && Interlocked.Exchange(ref _state, Over) == AnswerDue)
        {
            // An end in order would have the handler send the call again.
            throw new HttpIOException(HttpRequestError.ResponseEnded);
        }

        return read;
    }

    /// <summary>A write that was not done at once: ends with it, or with the refusal of what it writes.</summary>
    private async ValueTask WatchAsync(Task write)
    {
        Task answer = AnswerAsync();
        await Task.WhenAny(write, answer);
        if (!write.IsCompleted && _isRefused)
        {
            // Awaited all the same: what it writes from goes to another request next.
            connection!.StopWriting();
            await write.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return;
        }

        try
        {
            await write;
        }
        catch (IOException e) when (e.InnerException is SocketException)
        {
            // What had come before a reset can still be read.
            await answer.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!_isRefused)
            {
                throw;
            }

            connection!.StopWriting();
        }
    }

    /// <summary>Completes when something has been read, or the end; at once when that was the refusal.</summary>
    private Task AnswerAsync()
    {
        lock (_turn)
        {
            return _isRefused ? Task.CompletedTask
                : _isRead
                ? (_readEnds ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task
                : _ahead ??= ReadAheadAsync();
        }
    }

    private async Task ReadAheadAsync()
    {
        byte[] buffer = new byte[AheadLength];
        int read = await inner.ReadAsync(buffer);
        _held = Begun(buffer.AsMemory(0, read)) ?? buffer.AsMemory(0, read);
    }

    /// <summary>
    /// The beginning of an answer to a request of which not all is written. One that refuses it is returned with a header more, by which the handler ends
    /// the connection behind it. An interim answer is none, and for one that agrees the rest of the request may be needed.
    /// </summary>
    private ReadOnlyMemory<byte>? Begun(ReadOnlyMemory<byte> answer)
    {
        ReadOnlySpan<byte> bytes = answer.Span;
        int line = bytes.IndexOf((byte)'\n') + 1;
        if (line <= StatusAt || !bytes.StartsWith("HTTP/1."u8) || bytes[StatusAt] is not (>= (byte)'3' and <= (byte)'5'))
        {
            return null;
        }

        _isRefused = true;
        return (byte[])[.. bytes[..line], .. "Connection: close\r\n"u8, .. bytes[line..]];
    }
}
