using System.Net.Sockets;
using System.Text;

namespace Gateway.Tests.Support;

/// <summary>A client down at the socket: what it sends is what is on the wire, and it can close one direction only.</summary>
internal sealed class RawConnection : IDisposable
{
    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] _buffer = new byte[16 << 10];

    private RawConnection()
    {
    }

    public static async Task<RawConnection> OpenAsync(Uri address, CancellationToken cancel)
    {
        RawConnection connection = new();
        await connection._socket.ConnectAsync(address.Host, address.Port, cancel);
        return connection;
    }

    public async Task SendAsync(string text, CancellationToken cancel) =>
        await _socket.SendAsync(Encoding.Latin1.GetBytes(text), cancel);

    /// <summary>Sends a POST with a JSON body.</summary>
    public Task PostAsync(string path, string json, string headers, CancellationToken cancel) =>
        SendAsync($"POST {path} HTTP/1.1\r\nHost: sim\r\nContent-Type: application/json\r\nContent-Length: {json.Length}\r\n{headers}\r\n{json}", cancel);

    /// <summary>Sends FIN and keeps reading.</summary>
    public void CloseSending() => _socket.Shutdown(SocketShutdown.Send);

    /// <summary>Sends RST.</summary>
    public void Reset() => _socket.Close(timeout: 0);

    /// <summary>Reads until the text has been seen; everything read is the answer.</summary>
    public async Task<string> ReadUntilAsync(string text, CancellationToken cancel)
    {
        StringBuilder read = new();
        while (!read.ToString().Contains(text, StringComparison.Ordinal))
        {
            int count = await _socket.ReceiveAsync(_buffer, cancel);
            if (count == 0) throw new EndOfStreamException($"closed after: {read}");
            read.Append(Encoding.Latin1.GetString(_buffer, 0, count));
        }

        return read.ToString();
    }

    /// <summary>Reads until the other side closes; throws a <see cref="SocketException"/> when it resets.</summary>
    public async Task<string> ReadToEndAsync(CancellationToken cancel)
    {
        StringBuilder read = new();
        while (await _socket.ReceiveAsync(_buffer, cancel) is > 0 and int count) read.Append(Encoding.Latin1.GetString(_buffer, 0, count));
        return read.ToString();
    }

    public void Dispose() => _socket.Dispose();
}
