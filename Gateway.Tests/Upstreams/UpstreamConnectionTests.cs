using System.Net;
using System.Net.Sockets;
using Gateway.Tests.Support;
using Gateway.Upstreams;
using Xunit;

namespace Gateway.Tests.Upstreams;

/// <summary>How the two sides part when a call is abandoned.</summary>
public class UpstreamConnectionTests
{
    /// <summary>The handler gives none: it cancels by disposing.</summary>
    private static readonly CancellationToken NoToken = CancellationToken.None;

    [Fact]
    public async Task Dispose_WriteIsStuck_ResetsTheUpstreamAndEnds()
    {
        (UpstreamConnection connection, Socket upstream) = await ConnectAsync();
        using Socket other = upstream;
        Task write = connection.WriteAsync(new byte[100_000_000], NoToken).AsTask();
        Assert.False(write.IsCompleted);

        await connection.DisposeAsync();

        // Queued bytes may come or not; what matters is that no orderly end does.
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => write.Soon());
        await connection.Ended.Soon();
        await Assert.ThrowsAsync<SocketException>(() => ReadToEndAsync(upstream).Soon());
    }

    [Fact]
    public async Task Dispose_RequestIsWhole_EndsOnlyWhenTheUpstreamCloses()
    {
        (UpstreamConnection connection, Socket upstream) = await ConnectAsync();
        using Socket other = upstream;
        await connection.WriteAsync(new byte[10], NoToken);

        await connection.DisposeAsync();
        await ReadToEndAsync(upstream).Soon();

        Assert.True(connection.IsAbandoned);
        Assert.False(connection.Ended.IsCompleted);
        upstream.Shutdown(SocketShutdown.Send);
        await connection.Ended.Soon();
    }

    private static async Task<(UpstreamConnection Connection, Socket Upstream)> ConnectAsync()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(listener.LocalEndpoint, TestContext.Current.CancellationToken).AsTask().Soon();
        return (new UpstreamConnection(socket), await listener.AcceptSocketAsync(TestContext.Current.CancellationToken).AsTask().Soon());
    }

    private static async Task ReadToEndAsync(Socket socket)
    {
        byte[] buffer = new byte[64 << 10];
        while (await socket.ReceiveAsync(buffer, TestContext.Current.CancellationToken) > 0)
        {
        }
    }
}
