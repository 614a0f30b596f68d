using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;

namespace Gateway.Upstreams;

/// <summary>
/// The socket of one upstream connection, able to tell when the upstream has really let go of an abandoned call. When the handler
/// disposes it with a call under way (HTTP/1.1 cancels by closing), it closes only its own direction and reads on until the upstream
/// closes too: a server does that once it has noticed the abort, so that is the moment its capacity is free. An upstream that does not let
/// go in time is reset, and counts as ended after as long again: a slot must not be lost for ever.
/// </summary>
internal sealed class UpstreamConnection : ForwardOnlyStream
{
    private static readonly AsyncLocal<AttemptConnection?> CurrentAttempt = new();

    /// <summary>An upstream that goes on sending so much after the abort is told by a reset, which its next write meets.</summary>
    private const int MaxDiscarded = 1024 * 1024;

    private readonly NetworkStream _stream;
    private Stream _wire;
    private readonly TimeSpan _patience;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _abandoned = new();
    private readonly CancellationTokenSource _writesEnd = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<bool> _lastWrite = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private AttemptConnection? _attempt;
    private int _write;
    private int _isDisposed;
    private volatile bool _carriesOneCall;
    private volatile bool _isCut;

    /// <summary>States of <c>_write</c>: what the last write came to, and whether the end of the connection waits for it.</summary>
    private const int Whole = 0, UnderWay = 1, Awaited = 2, Broken = 3;

    /// <param name="socket">Connected; owned from here on.</param>
    /// <param name="patience">How long an abandoned upstream may take to let go.</param>
    /// <param name="time">Measures it.</param>
    public UpstreamConnection(Socket socket, TimeSpan patience, TimeProvider time)
    {
        _wire = _stream = new NetworkStream(socket, ownsSocket: true);
        _patience = patience;
        _time = time;
    }

    /// <summary>Whose call the asynchronous flow makes; null for nobody's.</summary>
    public static AttemptConnection? Followed => CurrentAttempt.Value;

    /// <summary>Completes when the connection is closed in both directions. Never faults.</summary>
    public Task Ended => _ended.Task;

    public bool IsAbandoned => Volatile.Read(ref _isDisposed) != 0;

    public override bool CanWrite => true;

    /// <summary>
    /// Through the proxy at the other end to the target. Before anything else is written. TLS with the proxy itself stays in here: the handler would
    /// take a stream of that kind for the TLS with the target, and send a key in clear behind the proxy.
    /// </summary>
    public async Task PassAsync(OutboundProxy proxy, DnsEndPoint target, CancellationToken cancellationToken)
    {
        if (proxy.Address.Scheme == Uri.UriSchemeHttps)
        {
            var tls = new SslStream(_stream);
            await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = proxy.Address.IdnHost }, cancellationToken);
            _wire = tls;
        }

        await ProxyTunnel.OpenAsync(this, target, proxy.Authorization, cancellationToken);
    }

    /// <summary>
    /// The connection is set up and carries one call at a time (HTTP/1.1). Until then its writes are the handshake's, and over HTTP/2 they are
    /// everybody's: neither says which call is on it.
    /// </summary>
    public void CarriesOneCall() => _carriesOneCall = true;

    /// <summary>From here on, the asynchronous flow's writes tell <paramref name="attempt"/> which connection carries it.</summary>
    public static void Follow(AttemptConnection? attempt) => CurrentAttempt.Value = attempt;

    /// <summary>The rest of the request is not sent, whatever of it is under way; the answer can be read all the same. The connection ends by a reset then.</summary>
    public void StopWriting()
    {
        _isCut = true;
        try
        {
            _writesEnd.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // Ended meanwhile.
        }
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        _wire.ReadAsync(buffer, cancellationToken.CanBeCanceled ? cancellationToken : _abandoned.Token);

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_carriesOneCall)
        {
            _attempt = CurrentAttempt.Value;
            _attempt?.CarriedBy(this);
        }

        ObjectDisposedException.ThrowIf(IsAbandoned, this);
        Volatile.Write(ref _write, UnderWay);
        int result = Broken;
        try
        {
            await _wire.WriteAsync(buffer, cancellationToken.CanBeCanceled ? cancellationToken : _writesEnd.Token);
            result = Whole;
        }
        finally
        {
            if (Interlocked.Exchange(ref _write, result) == Awaited)
            {
                _lastWrite.SetResult(result == Whole);
            }
        }
    }

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
            bool isUnfinished = _isCut || _attempt?.IsUnfinished?.Invoke() == true;

            // Wakes the handler's own read and write; their buffers are not ours any longer.
            await _abandoned.CancelAsync();
            await _writesEnd.CancelAsync();
            if (!isUnfinished && await IsLastWriteWholeAsync())
            {
                _stream.Socket.Shutdown(SocketShutdown.Send);
                if (!await LetsGoAsync())
                {
                    _stream.Socket.Close(timeout: 0);
                    await Task.Delay(_patience, _time);
                }
            }
            else
            {
                // The upstream never gets the whole request: a reset tells it at once, where a plain close would first send all that is queued.
                _stream.Socket.Close(timeout: 0);
            }
        }
        catch
        {
        }

        try
        {
            await _wire.DisposeAsync();
        }
        finally
        {
            // However that goes: a slot waits for this.
            _abandoned.Dispose();
            _writesEnd.Dispose();
            _ended.TrySetResult();
        }
    }

    /// <summary>Reads until the upstream closes, or sends on and on (it is reset then, and that is its end). False when it stays silent.</summary>
    private async Task<bool> LetsGoAsync()
    {
        using var limit = new CancellationTokenSource(_patience, _time);
        byte[] discarded = new byte[4096];
        int total = 0;
        try
        {
            while (total < MaxDiscarded)
            {
                int read = await _stream.Socket.ReceiveAsync(discarded.AsMemory(), SocketFlags.None, limit.Token);
                if (read == 0)
                {
                    return true;
                }

                total += read;
            }
        }
        catch (OperationCanceledException)
        {
            return false;
        }

        _stream.Socket.Close(timeout: 0);
        return true;
    }

    /// <summary>A write that is just being done counts as what it comes to: a short one is whole, and the upstream may be at work on it.</summary>
    private async ValueTask<bool> IsLastWriteWholeAsync() => Interlocked.CompareExchange(ref _write, Awaited, UnderWay) switch
    {
        Whole => true,
        UnderWay => await _lastWrite.Task,
        _ => false,
    };
}
