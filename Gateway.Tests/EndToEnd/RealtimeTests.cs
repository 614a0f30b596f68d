using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;
using Gateway.Configuration;
using Gateway.Recording;
using Gateway.Requests;
using Gateway.Tests.Support;
using UpstreamSimulator;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>A WebSocket passes through the gateway as if it were not there, on every port.</summary>
[Trait("req", "P8")]
public class RealtimeTests
{
    [Theory]
    [InlineData(Rig.Urgent)]
    [InlineData(Rig.Normal)]
    [InlineData(Rig.Batch)]
    public async Task Messages_OfAnyKindAndSize_PassBothWays(int tier)
    {
        await using Rig rig = await Rig.StartAsync();
        using ClientWebSocket socket = await Realtime.ConnectAsync(rig, tier);
        (WebSocketMessageType Type, byte[] Bytes)[] messages =
        [
            (WebSocketMessageType.Text, Encoding.UTF8.GetBytes("""{"type":"session.update","é":"😀"}""")),
            (WebSocketMessageType.Binary, []),
            (WebSocketMessageType.Binary, RandomNumberGenerator.GetBytes(125)),
            (WebSocketMessageType.Binary, RandomNumberGenerator.GetBytes(126)),
            (WebSocketMessageType.Binary, RandomNumberGenerator.GetBytes(65_536)),
            (WebSocketMessageType.Binary, RandomNumberGenerator.GetBytes(1 << 20)),
            (WebSocketMessageType.Text, Encoding.UTF8.GetBytes(new string('ü', 1 << 19))),
        ];

        foreach ((WebSocketMessageType type, byte[] bytes) in messages)
        {
            Task<(WebSocketMessageType Type, byte[] Bytes)> echo = socket.ReceiveAsync();
            await socket.SendAsync(bytes, type, endOfMessage: true, Rig.Cancel).Soon();
            (WebSocketMessageType Type, byte[] Bytes) received = await echo;
            Assert.Equal(type, received.Type);
            Assert.True(bytes.AsSpan().SequenceEqual(received.Bytes));
        }

        await socket.CloseAsync();
        Assert.Equal((WebSocketCloseStatus.NormalClosure, "done"), (socket.CloseStatus, socket.CloseStatusDescription));
        AccessRecord record = Assert.Single(await rig.AssertQuietAndBilledAsync(1, 1));
        long sent = messages.Sum(static message => (long)message.Bytes.Length);
        Assert.Equal((Outcome.Relayed, 101, "m", 1), (record.Outcome, record.Status, record.Model, record.Attempts));
        Assert.InRange(record.RequestBytes, sent, sent + 2000);
        Assert.InRange(record.ResponseBytes, sent, sent + 2000);
        Assert.True(record.Duration > TimeSpan.Zero && record.FirstContent > TimeSpan.Zero);
    }

    [Fact]
    public async Task Fragments_OfOneMessage_ArriveOneByOne()
    {
        await using Rig rig = await Rig.StartAsync();
        using ClientWebSocket socket = await Realtime.ConnectAsync(rig, Rig.Batch);
        byte[] buffer = new byte[100];

        foreach ((string text, bool isLast) in ((string, bool)[])[("one", false), ("two", false), ("", false), ("three", true)])
        {
            await socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, isLast, Rig.Cancel).Soon();
            WebSocketReceiveResult frame = await socket.ReceiveAsync(new ArraySegment<byte>(buffer), Rig.Cancel).Soon();
            Assert.Equal((text, isLast), (Encoding.UTF8.GetString(buffer, 0, frame.Count), frame.EndOfMessage));
        }

        await socket.CloseAsync();
        await rig.AssertQuietAndBilledAsync(1, 1);
    }

    [Fact]
    public async Task PingAndPong_FromEitherSide_Pass()
    {
        await using Rig rig = await Rig.StartAsync();
        using RawConnection client = await RawConnection.OpenAsync(rig.Gateway.Address(Rig.Batch), Rig.Cancel);

        // A masked ping with the payload "abc" and a mask of zeros; the upstream's WebSocket answers it by itself.
        await client.SendAsync(Realtime.Handshake + "\r\n", Rig.Cancel);
        string head = await client.ReadUntilAsync("\r\n\r\n", Rig.Cancel).Soon();
        await client.SendAsync("\u0089\u0083\0\0\0\0abc", Rig.Cancel);

        Assert.Equal("\u008a\u0003abc", await client.ReadUntilAsync("abc", Rig.Cancel).Soon());
        Assert.StartsWith("HTTP/1.1 101 ", head, StringComparison.Ordinal);
        Assert.Contains("\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n", head, StringComparison.Ordinal);
        Assert.Contains("\r\nUpgrade: websocket\r\n", head, StringComparison.Ordinal);
        Assert.Contains("\r\nConnection: Upgrade\r\n", head, StringComparison.Ordinal);
        Assert.Contains("\r\nx-gateway-instance: default\r\n", head, StringComparison.Ordinal);
        Assert.DoesNotContain("\r\nContent-Length:", head, StringComparison.OrdinalIgnoreCase);
        client.Dispose();
        await rig.AssertQuietAsync(1, 1);
    }

    [Theory]
    [InlineData(4000, "caller's own reason")]
    [InlineData(1001, "")]
    public async Task Close_ByTheCaller_ReachesTheUpstreamWithItsCode(int code, string reason)
    {
        await using Rig rig = await Rig.StartAsync();
        var seen = new TaskCompletionSource<(int?, string?)>(TaskCreationOptions.RunContinuationsAsynchronously);
        rig.Upstream.RespondToSockets(async (_, socket) =>
        {
            await socket.ReceiveAsync();
            seen.SetResult(((int?)socket.CloseStatus, socket.CloseStatusDescription));
            await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, "bye", Rig.Cancel);
        });
        using ClientWebSocket socket = await Realtime.ConnectAsync(rig, Rig.Batch);

        await socket.CloseAsync((WebSocketCloseStatus)code, reason, Rig.Cancel).Soon();

        Assert.Equal((code, reason), await seen.Task.Soon());
        Assert.Equal((WebSocketCloseStatus.NormalClosure, "bye"), (socket.CloseStatus, socket.CloseStatusDescription));
        Assert.Equal(Outcome.Relayed, Assert.Single(await rig.AssertQuietAsync(1, 1)).Outcome);
    }

    [Fact]
    public async Task Close_ByTheUpstream_ReachesTheCallerWithItsCode()
    {
        await using Rig rig = await Rig.StartAsync();
        rig.Upstream.RespondToSockets(static (_, socket) => socket.CloseAsync((WebSocketCloseStatus)4001, "session expired", Rig.Cancel));
        using ClientWebSocket socket = await Realtime.ConnectAsync(rig, Rig.Batch);

        Assert.Equal(WebSocketMessageType.Close, (await socket.ReceiveAsync()).Type);
        await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, Rig.Cancel).Soon();

        Assert.Equal((4001, "session expired"), ((int)socket.CloseStatus!, socket.CloseStatusDescription));
        Assert.Equal(Outcome.Relayed, Assert.Single(await rig.AssertQuietAsync(1, 1)).Outcome);
    }

    [Fact]
    public async Task CloseAndFin_InOneBreath_StillReachTheUpstream()
    {
        await using Rig rig = await Rig.StartAsync();
        var seen = new TaskCompletionSource<int?>(TaskCreationOptions.RunContinuationsAsynchronously);
        rig.Upstream.RespondToSockets(async (_, socket) =>
        {
            await socket.ReceiveAsync();
            seen.SetResult((int?)socket.CloseStatus);
        });
        using RawConnection client = await RawConnection.OpenAsync(rig.Gateway.Address(Rig.Batch), Rig.Cancel);
        await client.SendAsync(Realtime.Handshake + "\r\n", Rig.Cancel);
        await client.ReadUntilAsync("\r\n\r\n", Rig.Cancel).Soon();

        await client.SendAsync("\u0088\u0082\0\0\0\0\u0003\u00e8", Rig.Cancel);
        client.CloseSending();

        Assert.Equal(1000, await seen.Task.Soon());
        Assert.Equal(Outcome.Relayed, Assert.Single(await rig.AssertQuietAsync(1, 1)).Outcome);
    }

    [Theory]
    [InlineData("/v1/realtime?model=m", "/v1/realtime?model=m")]
    [InlineData("/v1/realtime?intent=transcription", "/v1/realtime?intent=transcription")]
    [InlineData("/v1/realtime/translations?model=a%2Fb&x=1&&y", "/v1/realtime/translations?model=a%2Fb&x=1&&y")]
    [InlineData("/v1/v1/responses?", "/v1/responses?")]
    public async Task Handshake_AnyApiPath_GoesUpAsItCame(string path, string expected)
    {
        await using Rig rig = await Rig.StartAsync();
        rig.Upstream.RespondToSockets(static (_, socket) => socket.CloseAsync());
        using ClientWebSocket socket = await Realtime.ConnectAsync(
            rig, Rig.Normal, path, "Authorization: Bearer sk-caller", "OpenAI-Beta: realtime=v1", "Origin: https://app.example", "X-Unknown: 1", "Cookie: a=b");
        await socket.ReceiveAsync();
        await socket.CloseAsync();

        RecordedRequest received = Assert.Single(rig.Upstream.Requests);
        Assert.Equal(("GET", expected), (received.Method, received.RawTarget));
        string[] expectedHeaders =
        [
            "Connection: Upgrade", "Upgrade: websocket", "Authorization: Bearer sk-caller", "OpenAI-Beta: realtime=v1", "Origin: https://app.example",
            "X-Unknown: 1", "Cookie: a=b", "Sec-WebSocket-Version: 13", $"Host: {rig.Upstream.BaseAddress.Authority}",
        ];
        Assert.Equal(
            expectedHeaders.Order(),
            received.Headers.Where(static header => header.Key != "Sec-WebSocket-Key").Select(static header => $"{header.Key}: {header.Value}").Order());
        await rig.AssertQuietAsync(1, 1);
    }

    [Fact]
    public async Task Instance_OfHttp2_IsAskedOverHttp1()
    {
        await using Rig rig = await Rig.StartAsync(1, static options => options with
        {
            Instances = [options.Instances[0] with { HttpVersion = UpstreamHttpVersion.Http2 }],
        });
        using ClientWebSocket socket = await Realtime.ConnectAsync(rig, Rig.Batch);

        await socket.SendAsync("over one");

        Assert.Equal("over one", await socket.ReceiveTextAsync());
        await socket.CloseAsync();
        await rig.AssertQuietAndBilledAsync(1, 1);
    }
}
