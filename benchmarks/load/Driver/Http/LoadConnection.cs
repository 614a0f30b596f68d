using System.Net;
using System.Net.Sockets;

namespace Load.Driver.Http;

/// <summary>
/// One keep-alive connection that sends ready-made bytes and reads answers into a buffer of its own. The driver shares its cores with what it
/// measures, so it must cost less than any HTTP client library does.
/// </summary>
internal sealed class LoadConnection : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly AnswerReader _reader = new();
    private readonly byte[] _buffer;

    private LoadConnection(int bufferBytes) => _buffer = new byte[bufferBytes];

    /// <summary>The caller owns the connection that is returned; on failure nothing is left open.</summary>
    public static async Task<LoadConnection> OpenAsync(IPEndPoint endpoint, int bufferBytes, CancellationToken stop)
    {
        var connection = new LoadConnection(bufferBytes);
        try
        {
            await connection._socket.ConnectAsync(endpoint, stop);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Sends one request and reads its answer to the end. <paramref name="onHead"/> is called once, when the head is whole.</summary>
    public async ValueTask<Answer> ExchangeAsync(ReadOnlyMemory<byte> request, Action? onHead = null)
    {
        _reader.Reset();
        for (ReadOnlyMemory<byte> left = request; !left.IsEmpty;)
            left = left[await _socket.SendAsync(left)..];

        while (true)
        {
            int read = await _socket.ReceiveAsync(_buffer.AsMemory());
            if (read == 0)
                throw new BrokenAnswerException($"the connection ended {(_reader.HeadSeen ? "within" : "before")} the answer");
            bool complete = _reader.Add(_buffer.AsSpan(0, read));
            if (onHead is not null && _reader.HeadSeen)
            {
                onHead();
                onHead = null;
            }

            if (complete)
                return _reader.Answer;
        }
    }

    /// <summary>Also how a deadline ends a pending exchange: cheaper than a token per read.</summary>
    public void Dispose() => _socket.Dispose();
}
