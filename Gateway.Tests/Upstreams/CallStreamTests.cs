using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Gateway.Tests.Support;
using Gateway.Upstreams;
using Xunit;

namespace Gateway.Tests.Upstreams;

/// <summary>What the handler is told of an upstream's end: as much as lets it send a call again that was never sent, and no other.</summary>
public sealed class CallStreamTests : IDisposable
{
    /// <summary>The handler gives none: it cancels by disposing.</summary>
    private static readonly CancellationToken NoToken = CancellationToken.None;

    private readonly Pipe _toUpstream = new();
    private readonly Pipe _fromUpstream = new();
    private readonly CallStream _stream;

    public CallStreamTests() => _stream = new CallStream(new Duplex(_fromUpstream.Reader.AsStream(), _toUpstream.Writer.AsStream()), connection: null);

    public void Dispose() => _stream.Dispose();

    [Fact]
    public async Task End_AnswerIsDue_IsAFailure()
    {
        UpstreamConnection.Follow(new AttemptConnection());
        Task<int> early = ReadAsync();

        await WriteAsync();
        await _fromUpstream.Writer.CompleteAsync();

        await Assert.ThrowsAsync<HttpIOException>(() => early.Soon());
    }

    [Fact]
    public async Task End_BeforeTheCall_NothingIsSentAndTheEndIsOrderly()
    {
        UpstreamConnection.Follow(new AttemptConnection());
        Task<int> early = ReadAsync();
        await _fromUpstream.Writer.CompleteAsync();
        Assert.Equal(0, await early.Soon());

        await WriteAsync();

        Assert.False(_toUpstream.Reader.TryRead(out _));
    }

    [Fact]
    public async Task End_AnswerHasBegun_IsOrderlyWhateverIsWrittenAfterwards()
    {
        UpstreamConnection.Follow(new AttemptConnection());
        await WriteAsync();
        await _fromUpstream.Writer.WriteAsync(new byte[1], Rig.Cancel);
        Assert.Equal(1, await ReadAsync().Soon());

        // As in a tunnel.
        await WriteAsync();
        await _fromUpstream.Writer.CompleteAsync();

        Assert.Equal(0, await ReadAsync().Soon());
    }

    [Fact]
    public async Task End_SecondCallOfTheConnection_IsAFailureAgain()
    {
        UpstreamConnection.Follow(new AttemptConnection());
        await WriteAsync();
        await _fromUpstream.Writer.WriteAsync(new byte[1], Rig.Cancel);
        await ReadAsync().Soon();

        UpstreamConnection.Follow(new AttemptConnection());
        await WriteAsync();
        await _fromUpstream.Writer.CompleteAsync();

        await Assert.ThrowsAsync<HttpIOException>(() => ReadAsync().Soon());
    }

    [Fact]
    public async Task Write_RefusedBehindTls_EndsAndTheRefusalIsReadAndTheConnectionReset()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(listener.LocalEndpoint, Rig.Cancel).AsTask().Soon();
        using Socket other = await listener.AcceptSocketAsync(Rig.Cancel).AsTask().Soon();
        using X509Certificate2 certificate = TestCertificate.Create();
        await using var upstream = new SslStream(new NetworkStream(other));
        var connection = new UpstreamConnection(socket, TimeSpan.FromSeconds(10), new ManualTimeProvider());
        var tls = new SslStream(connection);
        await Task.WhenAll(
            upstream.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = certificate }, Rig.Cancel),
            tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
            {
                TargetHost = "localhost",
                RemoteCertificateValidationCallback = (_, offered, _, _) => offered!.GetCertHashString() == certificate.GetCertHashString(),
            }, Rig.Cancel)).Soon();
        await using var stream = new CallStream(tls, connection);
        connection.CarriesOneCall();
        UpstreamConnection.Follow(new AttemptConnection { IsUnfinished = static () => true });

        Task write = stream.WriteAsync(new byte[32 << 20], NoToken).AsTask();
        Assert.False(write.IsCompleted);
        await upstream.WriteAsync("HTTP/1.1 413 Large\r\nContent-Length: 0\r\n\r\n"u8.ToArray(), Rig.Cancel);
        await write.Soon();
        byte[] answer = new byte[1024];
        int read = await stream.ReadAsync(answer, NoToken).AsTask().Soon();

        Assert.Equal("HTTP/1.1 413 Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", Encoding.Latin1.GetString(answer, 0, read));
        await stream.DisposeAsync();
        await connection.Ended.Soon();
    }

    [Fact]
    public async Task Write_RefusedWhileItGetsStuck_Ends()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(listener.LocalEndpoint, Rig.Cancel).AsTask().Soon();
        using Socket other = await listener.AcceptSocketAsync(Rig.Cancel).AsTask().Soon();
        var connection = new UpstreamConnection(socket, TimeSpan.FromSeconds(10), new ManualTimeProvider());
        Task<int>? read = null;
        await using var inner = new Duplex(_fromUpstream.Reader.AsStream(), connection)
        {
            // Nobody reads there: the write is under way, and its caller does not know yet. Here, the whole refusal is taken meanwhile.
            Written = () =>
            {
                _fromUpstream.Writer.Write("HTTP/1.1 413 Large\r\nContent-Length: 0\r\n\r\n"u8);
                _fromUpstream.Writer.FlushAsync(NoToken).AsTask().Wait(Rig.Cancel);
                read!.Wait(Rig.Cancel);
            },
        };
        await using var stream = new CallStream(inner, connection);
        UpstreamConnection.Follow(new AttemptConnection { IsUnfinished = static () => true });
        read = stream.ReadAsync(new byte[1024], NoToken).AsTask();

        await stream.WriteAsync(new byte[32 << 20], NoToken).AsTask().Soon();

        Assert.NotEqual(0, await read);
    }

    private Task<int> ReadAsync() => _stream.ReadAsync(new byte[8], Rig.Cancel).AsTask();

    private Task WriteAsync() => _stream.WriteAsync(new byte[8], Rig.Cancel).AsTask().Soon();

    private sealed class Duplex(Stream input, Stream output) : ForwardOnlyStream
    {
        public override bool CanWrite => true;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => input.ReadAsync(buffer, cancellationToken);

        /// <summary>Called when a write is under way.</summary>
        public Action? Written { get; init; }

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            ValueTask write = output.WriteAsync(buffer, cancellationToken);
            Written?.Invoke();
            await write;
            await output.FlushAsync(cancellationToken);
        }
    }
}
