using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Gateway.Tests.Support;

/// <summary>
/// An upstream down at the socket: what it answers is what is on the wire, however wrong. Every connection serves one request; then its
/// script says how it closes.
/// </summary>
internal sealed class RawUpstream : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Func<NetworkStream, string, Task<Closing>> _answer;
    private readonly bool _readsBody;
    private readonly Task _loop;
    private int _parted;

    private RawUpstream(Func<NetworkStream, string, Task<Closing>> answer, bool readsBody)
    {
        _answer = answer;
        _readsBody = readsBody;
        _listener.Start();
        BaseAddress = new Uri($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/");
        _loop = AcceptAsync();
    }

    internal enum Closing
    {
        /// <summary>In order: FIN.</summary>
        Orderly,

        /// <summary>RST.</summary>
        Reset,
    }

    public Uri BaseAddress { get; }

    /// <summary>Connections closed in order. A request that came on one just being closed would be lost: who asks again waits for this.</summary>
    public int Parted => Volatile.Read(ref _parted);

    /// <param name="answer">Gets the connection and the request, head and body, as Latin-1 text.</param>
    /// <param name="readBody">False: it is asked as soon as the head is there.</param>
    public static RawUpstream Start(Func<NetworkStream, string, Task<Closing>> answer, bool readBody = true) => new(answer, readBody);

    /// <summary>One that answers every request with the same bytes.</summary>
    public static RawUpstream Start(string answer, List<string>? requests = null) => new(async (connection, request) =>
    {
        requests?.Add(request);
        await connection.WriteAsync(Encoding.Latin1.GetBytes(answer));
        return Closing.Orderly;
    }, readsBody: true);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            Socket socket = await _listener.AcceptSocketAsync(_stop.Token);
            _ = ServeAsync(socket);
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        socket.NoDelay = true;
        using var connection = new NetworkStream(socket, ownsSocket: true);
        try
        {
            Closing closing = await _answer(connection, await ReadRequestAsync(connection));
            if (closing == Closing.Reset)
            {
                socket.Close(timeout: 0);
                return;
            }

            socket.Shutdown(SocketShutdown.Send);
            Interlocked.Increment(ref _parted);
            byte[] rest = new byte[256];
            while (await connection.ReadAsync(rest, _stop.Token) > 0)
            {
            }
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException)
        {
            // The gateway hung up, or the test is over.
        }
    }

    private async Task<string> ReadRequestAsync(NetworkStream connection)
    {
        var text = new StringBuilder();
        byte[] buffer = new byte[16 << 10];
        int missing = int.MaxValue;
        while (missing > 0)
        {
            int read = await connection.ReadAsync(buffer, _stop.Token);
            if (read == 0)
            {
                break;
            }

            text.Append(Encoding.Latin1.GetString(buffer, 0, read));
            string soFar = text.ToString();
            int end = soFar.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if (end >= 0)
            {
                missing = _readsBody ? end + 4 + LengthIn(soFar[..end]) - soFar.Length : 0;
            }
        }

        return text.ToString();
    }

    private static int LengthIn(string head)
    {
        string? line = head.Split("\r\n").FirstOrDefault(static line => line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase));
        return line is null ? 0 : int.Parse(line.AsSpan("Content-Length:".Length), provider: System.Globalization.CultureInfo.InvariantCulture);
    }
}
