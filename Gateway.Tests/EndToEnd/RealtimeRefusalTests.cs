using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Gateway.Requests;
using Gateway.Tests.Support;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>A handshake that does not end in a WebSocket ends in a plain answer.</summary>
public class RealtimeRefusalTests
{
    [Theory]
    [InlineData(400, Rig.Urgent)]
    [InlineData(401, Rig.Batch)]
    [InlineData(403, Rig.Batch)]
    [InlineData(404, Rig.Batch)]
    [InlineData(429, Rig.Urgent)]
    [InlineData(200, Rig.Batch)]
    [InlineData(500, Rig.Batch)]
    [Trait("req", "P8")]
    public async Task Upstream_AnswersPlainly_CallerGetsItAsItIs(int status, int tier)
    {
        const string Body = """{"error":{"message":"no","type":"x","param":null,"code":"from_upstream"}}""";
        await using Rig rig = await Rig.StartAsync();
        rig.Upstream.Respond(async context =>
        {
            context.Response.StatusCode = status;
            context.Response.ContentType = "application/json";
            context.Response.Headers["x-request-id"] = "req_up";
            context.Response.Headers["x-should-retry"] = "false";
            await context.Response.WriteAsync(Body);
            return true;
        });

        HttpResponseMessage answer = await HandshakeAsync(rig, tier).Soon();

        Assert.Equal(
            (status, Body, "req_up", "application/json"),
            ((int)answer.StatusCode, await answer.TextAsync(), answer.Header("x-request-id"), answer.Content.Headers.ContentType?.ToString()));
        Assert.Equal((Outcome.Relayed, status), Assert.Single((await rig.AssertQuietAsync(1, 1)).Select(static record => (record.Outcome, record.Status))));
    }

    [Theory]
    [InlineData("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n")]
    [InlineData("HTTP/1.1 101 Switching Protocols\r\n\r\n")]
    [Trait("req", "P8")]
    public async Task Upstream_AgreesToSomethingElse_502(string wire)
    {
        await using RawUpstream upstream = RawUpstream.Start(wire);
        await using Rig rig = await Rig.StartAsync(1, options => options with { Instances = [GatewayHost.Instance(upstream.BaseAddress, 1)] });

        Assert.Equal((502, "upstream_invalid"), await ErrorAsync(await HandshakeAsync(rig, Rig.Batch).Soon()));
        await rig.AssertQuietAsync(1, 1);
    }

    [Fact]
    [Trait("req", "P8")]
    public async Task Upstream_AgreesUnasked_502()
    {
        await using RawUpstream upstream = RawUpstream.Start(Realtime.Agreement + "\u0081\u0002hi");
        await using Rig rig = await Rig.StartAsync(1, options => options with { Instances = [GatewayHost.Instance(upstream.BaseAddress, 1)] });

        HttpResponseMessage answer = await rig.SendAsync(rig.Request(Rig.Batch, HttpMethod.Get, "/v1/realtime")).Soon();

        Assert.Equal((502, "upstream_invalid"), await ErrorAsync(answer));
        await rig.AssertQuietAsync(1, 1);
    }

    [Fact]
    [Trait("req", "P8")]
    public async Task Upstream_Refuses_502InOpenAIShape()
    {
        using var closed = new Socket(SocketType.Stream, ProtocolType.Tcp);
        closed.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var address = new Uri($"http://127.0.0.1:{((IPEndPoint)closed.LocalEndPoint!).Port}/");
        await using Rig rig = await Rig.StartAsync(1, options => options with { Instances = [GatewayHost.Instance(address, 1)] });

        Assert.Equal((502, "upstream_unreachable"), await ErrorAsync(await HandshakeAsync(rig, Rig.Batch).Soon()));
        await rig.AssertQuietAsync(1, 1);
    }

    [Theory]
    [InlineData("GET", "Connection: Upgrade\r\nUpgrade: websocket, h2c\r\n")]
    [InlineData("GET", "Connection: Upgrade\r\nUpgrade: websocket\r\nUpgrade: h2c\r\n")]
    [InlineData("GET", "Upgrade: websocket\r\n")]
    [InlineData("POST", "Connection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 0\r\n")]
    [Trait("req", "P8")]
    public async Task Upgrade_ToAWebSocketAskedForWrongly_501AndNeverSent(string method, string headers)
    {
        await using Rig rig = await Rig.StartAsync();
        using RawConnection client = await RawConnection.OpenAsync(rig.Gateway.Address(Rig.Batch), Rig.Cancel);

        await client.SendAsync($"{method} /v1/realtime?model=m HTTP/1.1\r\nHost: g\r\n{headers}Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: x\r\n\r\n", Rig.Cancel);
        string answer = await client.ReadUntilAsync("upgrade_not_supported", Rig.Cancel).Soon();

        Assert.StartsWith("HTTP/1.1 501 ", answer, StringComparison.Ordinal);
        Assert.Empty(rig.Upstream.Requests);
        await rig.AssertQuietAsync(1, 1);
    }

    [Theory]
    [InlineData("GET", "", "")]
    [InlineData("POST", "Content-Type: application/json\r\nContent-Length: 2\r\n", "{}")]
    [Trait("req", "P8")]
    public async Task Upgrade_ToAnotherProtocol_IsIgnored(string method, string headers, string body)
    {
        await using Rig rig = await Rig.StartAsync();
        using RawConnection client = await RawConnection.OpenAsync(rig.Gateway.Address(Rig.Batch), Rig.Cancel);

        // What the HTTP client of Java sends on a plain connection.
        await client.SendAsync(
            $"{method} /v1/anything HTTP/1.1\r\nHost: g\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAEAAEAA\r\nUpgrade: h2c\r\n{headers}\r\n{body}",
            Rig.Cancel);
        string answer = await client.ReadUntilAsync("\r\n\r\n", Rig.Cancel).Soon();

        Assert.StartsWith("HTTP/1.1 200 ", answer, StringComparison.Ordinal);
        Assert.DoesNotContain(Assert.Single(rig.Upstream.Requests).Headers, static header => header.Key is "Upgrade" or "HTTP2-Settings");
        await rig.AssertQuietAsync(1, 1);
    }

    [Fact]
    [Trait("req", "P8")]
    public async Task Path_OutsideTheApi_404()
    {
        await using Rig rig = await Rig.StartAsync();

        Assert.Equal(404, await Realtime.RefusalAsync(rig, Rig.Batch, "/realtime?model=m"));
        Assert.Empty(rig.Upstream.Requests);
    }

    private static Task<HttpResponseMessage> HandshakeAsync(Rig rig, int tier) => rig.SendAsync(rig.Request(
        tier, HttpMethod.Get, Realtime.Path, null,
        "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="));

    private static async Task<(int Status, string? Code)> ErrorAsync(HttpResponseMessage answer)
    {
        JsonElement error = (await answer.JsonAsync()).GetProperty("error");
        Assert.Equal(["message", "type", "param", "code"], error.EnumerateObject().Select(static key => key.Name));
        return ((int)answer.StatusCode, error.GetProperty("code").GetString());
    }
}
