using System.Net;
using System.Net.Sockets;

namespace Gateway.Tests.Support;

/// <summary>
/// A TCP relay in front of a healthy upstream that can die like a killed process (every connection reset, the port closed) and come back
/// on the same port, or take connections and say nothing.
/// </summary>
internal sealed class FaultProxy : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly HashSet<Socket> _sockets = [];
    private readonly Uri _target;
    private readonly int _port;
    private TcpListener? _listener;
    private volatile bool _isSilent;
    private int _connections;

    private FaultProxy(Uri target)
    {
        _target = target;
        _listener = new TcpListener(IPAddress.Loopback, 0);
        _listener.Start();
        _port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        BaseAddress = new Uri($"http://127.0.0.1:{_port}/");
        _ = AcceptAsync(_listener);
    }

    public Uri BaseAddress { get; }

    /// <summary>Connections taken so far.</summary>
    public int Connections => Volatile.Read(ref _connections);

    public static FaultProxy Start(Uri target) => new(target);

    /// <summary>As <c>kill -9</c>: resets what is open, and refuses what comes.</summary>
    public void Kill()
    {
        lock (_lock)
        {
            _listener?.Stop();
            _listener = null;
            ResetAll_NeedsLock();
        }
    }

    /// <summary>Takes connections again, on the same port.</summary>
    public void Revive()
    {
        lock (_lock)
        {
            _isSilent = false;
            if (_listener is null)
            {
                _listener = new TcpListener(IPAddress.Loopback, _port) { ExclusiveAddressUse = false };
                _listener.Server.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
                _listener.Start();
                _ = AcceptAsync(_listener);
            }
        }
    }

    /// <summary>From now on connections are taken and never answered; the open ones are reset.</summary>
    public void Silence()
    {
        lock (_lock)
        {
            _isSilent = true;
            ResetAll_NeedsLock();
        }
    }

    public ValueTask DisposeAsync()
    {
        Kill();
        return ValueTask.CompletedTask;
    }

    private void ResetAll_NeedsLock()
    {
        foreach (Socket socket in _sockets)
        {
            socket.Close(timeout: 0);
        }

        _sockets.Clear();
    }

    private async Task AcceptAsync(TcpListener listener)
    {
        try
        {
            while (true)
            {
                Socket caller = await listener.AcceptSocketAsync();
                Interlocked.Increment(ref _connections);
                _ = RelayAsync(caller);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // Killed.
        }
    }

    private async Task RelayAsync(Socket caller)
    {
        var upstream = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        caller.NoDelay = true;
        if (!Keep(caller) || !Keep(upstream) || _isSilent)
        {
            return;
        }

        try
        {
            await upstream.ConnectAsync(_target.Host, _target.Port);
            await Task.WhenAny(CopyAsync(caller, upstream), CopyAsync(upstream, caller)).Unwrap();
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // One side is gone, and so is the other now.
        }
        finally
        {
            Forget(caller);
            Forget(upstream);
        }
    }

    private static async Task CopyAsync(Socket from, Socket to)
    {
        byte[] buffer = new byte[16 << 10];
        int read;
        while ((read = await from.ReceiveAsync(buffer, SocketFlags.None)) > 0)
        {
            await to.SendAsync(buffer.AsMemory(0, read), SocketFlags.None);
        }
    }

    private bool Keep(Socket socket)
    {
        lock (_lock)
        {
            if (_listener is null)
            {
                socket.Close(timeout: 0);
                return false;
            }

            return _sockets.Add(socket);
        }
    }

    private void Forget(Socket socket)
    {
        lock (_lock)
        {
            _sockets.Remove(socket);
        }

        socket.Dispose();
    }
}
