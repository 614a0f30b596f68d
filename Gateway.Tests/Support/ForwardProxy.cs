using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Gateway.Tests.Support;

/// <summary>
/// An HTTP proxy that wants a password: passes plain calls on, one to a connection, and digs tunnels for the others. Who shows another password,
/// or none, is refused with all that was said.
/// </summary>
internal sealed class ForwardProxy : IAsyncDisposable
{
    public const string User = "user";
    public const string Password = "p@ss: word/ü";

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentBag<Socket> _sockets = [];
    private readonly X509Certificate2? _certificate;
    private readonly string _wanted;

    private ForwardProxy(X509Certificate2? certificate, string password)
    {
        _certificate = certificate;
        _wanted = "Proxy-Authorization: Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{User}:{password}"));
        _listener.Start();
        _ = AcceptAsync();
    }

    /// <summary>First lines of what was asked for with the password.</summary>
    public ConcurrentQueue<string> Passed { get; } = new();

    /// <summary>The same without it.</summary>
    public ConcurrentQueue<string> Refused { get; } = new();

    /// <summary>What a tunnel waits for before it tells its caller that the other side has closed.</summary>
    public Task LetsGo { get; set; } = Task.CompletedTask;

    /// <param name="certificate">Its own; null where it does not speak TLS.</param>
    /// <param name="password">Of its one user.</param>
    public static ForwardProxy Start(X509Certificate2? certificate = null, string password = Password) => new(certificate, password);

    /// <summary>As somebody configures it.</summary>
    public string Url(string password = Password) =>
        $"{(_certificate is null ? "http" : "https")}://{User}:{Uri.EscapeDataString(password)}@localhost:{((IPEndPoint)_listener.LocalEndpoint).Port}";

    public ValueTask DisposeAsync()
    {
        _listener.Stop();
        foreach (Socket socket in _sockets)
        {
            socket.Dispose();
        }

        return ValueTask.CompletedTask;
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = ServeAsync(Keep(await _listener.AcceptSocketAsync()));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // Stopped.
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        try
        {
            await using Stream caller = await OpenAsync(socket);
            string head = await ReadHeadAsync(caller);
            string[] lines = head.Split("\r\n");
            bool isAllowed = lines.Contains(_wanted);
            (isAllowed ? Passed : Refused).Enqueue(lines[0]);
            if (!isAllowed)
            {
                await caller.WriteAsync(Encoding.Latin1.GetBytes(
                    $"HTTP/1.1 407 No\r\nProxy-Authenticate: Basic realm=\"here\"\r\nContent-Length: {head.Length}\r\nConnection: close\r\n\r\n{head}"));
                socket.Shutdown(SocketShutdown.Send);
                await caller.CopyToAsync(Stream.Null);
                return;
            }

            bool isTunnel = lines[0].StartsWith("CONNECT ", StringComparison.Ordinal);
            var target = new Uri(isTunnel ? "tcp://" + lines[0].Split(' ')[1] : lines[0].Split(' ')[1]);
            Socket other = Keep(new Socket(SocketType.Stream, ProtocolType.Tcp));
            await other.ConnectAsync(IPAddress.Loopback, target.Port);
            await using var upstream = new NetworkStream(other, ownsSocket: true);
            await (isTunnel
                ? caller.WriteAsync("HTTP/1.1 200 Connection established\r\n\r\n"u8.ToArray())
                : upstream.WriteAsync(Encoding.Latin1.GetBytes(string.Join("\r\n", [lines[0], "Connection: close", .. lines[1..].Where(line => line != _wanted)]))));
            await Task.WhenAll(PassAsync(caller, upstream, other, Task.CompletedTask), PassAsync(upstream, caller, socket, LetsGo));
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
        {
            // One side is gone, or the test is over.
        }
    }

    private async Task<Stream> OpenAsync(Socket socket)
    {
        socket.NoDelay = true;
        var stream = new NetworkStream(socket, ownsSocket: true);
        if (_certificate is null)
        {
            return stream;
        }

        var tls = new SslStream(stream);
        await tls.AuthenticateAsServerAsync(_certificate);
        return tls;
    }

    /// <summary>Not a byte more: the rest is somebody else's.</summary>
    private static async Task<string> ReadHeadAsync(Stream caller)
    {
        var head = new StringBuilder();
        byte[] one = new byte[1];
        while (head.Length < 4 || head.ToString(head.Length - 4, 4) != "\r\n\r\n")
        {
            await caller.ReadExactlyAsync(one);
            head.Append((char)one[0]);
        }

        return head.ToString();
    }

    private static async Task PassAsync(Stream from, Stream to, Socket end, Task letsGo)
    {
        await from.CopyToAsync(to);
        await letsGo;
        end.Shutdown(SocketShutdown.Send);
    }

    private Socket Keep(Socket socket)
    {
        _sockets.Add(socket);
        return socket;
    }
}
