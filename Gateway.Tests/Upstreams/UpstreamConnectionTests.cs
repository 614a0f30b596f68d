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

    [Fact]
    public async Task Dispose_BetweenTwoWritesOfABody_ResetsTheUpstreamAndEnds()
    {
        (UpstreamConnection connection, Socket upstream) = await ConnectAsync();
        using Socket other = upstream;
        connection.CarriesOneCall();
        UpstreamConnection.Follow(new AttemptConnection { IsUnfinished = static () => true });
        await connection.WriteAsync(new byte[10], NoToken);

        await connection.DisposeAsync();

        await connection.Ended.Soon();
        await Assert.ThrowsAsync<SocketException>(() => ReadToEndAsync(upstream).Soon());
    }

    [Fact]
    public async Task Dispose_UpstreamStaysSilent_IsResetInTimeAndEndsAfterAsLongAgain()
    {
        var time = new ManualTimeProvider();
        (UpstreamConnection connection, Socket upstream) = await ConnectAsync(time);
        using Socket other = upstream;
        await connection.WriteAsync(new byte[10], NoToken);

        await connection.DisposeAsync();
        await ReadToEndAsync(upstream).Soon();
        await time.WaitForTimersAsync(1).Soon();
        Assert.False(connection.Ended.IsCompleted);

        // The reset shows in the upstream's next write; the end comes after as long again.
        time.Advance(TimeSpan.FromSeconds(10));
        await Assert.ThrowsAsync<SocketException>(() => SendForEverAsync(upstream).Soon());
        await time.WaitForTimersAsync(1).Soon();
        Assert.False(connection.Ended.IsCompleted);

        time.Advance(TimeSpan.FromSeconds(10));
        await connection.Ended.Soon();
    }

    [Fact]
    public async Task Dispose_UpstreamSendsOnAndOn_IsReset()
    {
        (UpstreamConnection connection, Socket upstream) = await ConnectAsync(new ManualTimeProvider());
        using Socket other = upstream;
        await connection.WriteAsync(new byte[10], NoToken);

        await connection.DisposeAsync();

        await Assert.ThrowsAsync<SocketException>(() => SendForEverAsync(upstream).Soon());
        await connection.Ended.Soon();
    }

    private static async Task SendForEverAsync(Socket socket)
    {
        byte[] flood = new byte[64 << 10];
        while (true)
        {
            await socket.SendAsync(flood, TestContext.Current.CancellationToken);
        }
    }

    private static async Task<(UpstreamConnection Connection, Socket Upstream)> ConnectAsync(TimeProvider? time = null)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(listener.LocalEndpoint, TestContext.Current.CancellationToken).AsTask().Soon();
        return (new UpstreamConnection(socket, TimeSpan.FromSeconds(10), time ?? TimeProvider.System), await listener.AcceptSocketAsync(TestContext.Current.CancellationToken).AsTask().Soon());
    }

    private static async Task ReadToEndAsync(Socket socket)
    {
        byte[] buffer = new byte[64 << 10];
        while (await socket.ReceiveAsync(buffer, TestContext.Current.CancellationToken) > 0)
        {
        }
    }
}
