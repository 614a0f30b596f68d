using System.Net;
using System.Net.Sockets;

namespace Gateway.Tests.Support;

/// <summary>A host that no configuration names: whoever connects to it was led there by somebody else.</summary>
internal sealed class CanaryListener : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private int _connections;

    public CanaryListener()
    {
        _listener.Start();
        _ = AcceptAsync();
    }

    public string Authority => ((IPEndPoint)_listener.LocalEndpoint).ToString();

    public Uri Address => new($"http://{Authority}/");

    public int Connections => Volatile.Read(ref _connections);

    public void Dispose()
    {
        _stop.Cancel();
        _listener.Dispose();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                using Socket socket = await _listener.AcceptSocketAsync(_stop.Token);
                Interlocked.Increment(ref _connections);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }
}
