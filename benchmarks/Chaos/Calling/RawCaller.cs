using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Chaos.Calling;

/// <summary>A caller down at the socket: what it sends is what is on the wire, and it reads when it likes to.</summary>
internal sealed class RawCaller : IDisposable
{
    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] _buffer = new byte[16 << 10];

    private RawCaller()
    {
    }

    /// <param name="port">On this machine.</param>
    /// <param name="receiveBuffer">Bytes the system keeps for a caller that does not read; small, or it reads for it.</param>
    /// <param name="stop">Ends the connecting.</param>
    public static async Task<RawCaller> OpenAsync(int port, CancellationToken stop, int receiveBuffer = 0)
    {
        var caller = new RawCaller();
        if (receiveBuffer > 0)
            caller._socket.ReceiveBufferSize = receiveBuffer;
        await caller._socket.ConnectAsync(IPAddress.Loopback, port, stop);
        return caller;
    }

    public async Task SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken stop)
    {
        while (bytes.Length > 0)
            bytes = bytes[await _socket.SendAsync(bytes, stop)..];
    }

    public Task SendAsync(string text, CancellationToken stop) => SendAsync(Encoding.Latin1.GetBytes(text), stop);

    /// <summary>At most so many bytes; "" at the end.</summary>
    public async Task<string> ReadAsync(CancellationToken stop, int most = int.MaxValue)
    {
        int count = await _socket.ReceiveAsync(_buffer.AsMemory(0, Math.Min(most, _buffer.Length)), stop);
        return Encoding.Latin1.GetString(_buffer, 0, count);
    }

    /// <summary>Everything until the other side closes; what came so far when it resets.</summary>
    public async Task<string> ReadToEndAsync(CancellationToken stop)
    {
        var read = new StringBuilder();
        try
        {
            while (await ReadAsync(stop) is { Length: > 0 } part)
                read.Append(part);
        }
        catch (SocketException)
        {
        }

        return read.ToString();
    }

    /// <summary>Sends RST.</summary>
    public void Reset() => _socket.Close(timeout: 0);

    public void Dispose() => _socket.Dispose();
}
