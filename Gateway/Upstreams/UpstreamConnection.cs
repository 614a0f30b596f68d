using System.Diagnostics.CodeAnalysis;
using System.Net.Sockets;

namespace Gateway.Upstreams;

/// <summary>
/// The socket of one upstream connection, able to tell when the upstream has really let go of an abandoned call. When the handler
/// disposes it with a call under way (HTTP/1.1 cancels by closing), it closes only its own direction and reads on until the upstream
/// closes too: a server does that once it has noticed the abort, so that is the moment its capacity is free.
/// </summary>
internal sealed class UpstreamConnection : Stream
{
    private static readonly AsyncLocal<AttemptConnection?> CurrentAttempt = new();

    private readonly NetworkStream _stream;
    private readonly CancellationTokenSource _reads = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _isWriting;
    private int _isDisposed;

    public UpstreamConnection(Socket socket) => _stream = new NetworkStream(socket, ownsSocket: true);

    /// <summary>Completes when the connection is closed in both directions. Never faults.</summary>
    public Task Ended => _ended.Task;

    public bool IsAbandoned => Volatile.Read(ref _isDisposed) != 0;

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>From here on, the asynchronous flow's writes tell <paramref name="attempt"/> which connection carries it.</summary>
    public static void Follow(AttemptConnection? attempt) => CurrentAttempt.Value = attempt;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        _stream.ReadAsync(buffer, cancellationToken.CanBeCanceled ? cancellationToken : _reads.Token);

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        CurrentAttempt.Value?.CarriedBy(this);
        Volatile.Write(ref _isWriting, 1);
        await _stream.WriteAsync(buffer, cancellationToken);
        Volatile.Write(ref _isWriting, 0);
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => _stream.Read(buffer, offset, count);

    public override void Write(byte[] buffer, int offset, int count) => _stream.Write(buffer, offset, count);

    public override void Flush()
    {
        // Sockets do not buffer.
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing && Interlocked.Exchange(ref _isDisposed, 1) == 0)
        {
            _ = EndAsync();
        }

        base.Dispose(disposing);
    }

    [SuppressMessage("Design", "CA1031", Justification = "However the socket fails here, it is the end of the connection.")]
    private async Task EndAsync()
    {
        try
        {
            // Wakes the handler's own read; its buffer is not ours to read into any longer.
            await _reads.CancelAsync();
            if (Volatile.Read(ref _isWriting) == 0)
            {
                _stream.Socket.Shutdown(SocketShutdown.Send);
                byte[] discarded = new byte[1024];
                while (await _stream.Socket.ReceiveAsync(discarded, SocketFlags.None) > 0)
                {
                }
            }
            else
            {
                // The upstream never got the whole request: a reset tells it at once, where a plain close would first send all that is queued.
                _stream.Socket.Close(timeout: 0);
            }
        }
        catch
        {
        }

        await _stream.DisposeAsync();
        _reads.Dispose();
        _ended.TrySetResult();
    }
}
