using Gateway.Tests.Support;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>The caller's connection: old clients, pipelining, smuggling (wire convention 28).</summary>
public class ConnectionTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Trait("req", "P8")]
    public async Task OldClient_PlainOrStream_GetsNoChunks(bool stream)
    {
        await using Rig rig = await Rig.StartAsync();
        using RawConnection client = await RawConnection.OpenAsync(rig.Gateway.Address(Rig.Batch), Rig.Cancel);
        string body = Rig.ChatBody(Rig.Batch, stream);

        await client.SendAsync(
            $"POST /v1/chat/completions HTTP/1.0\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}", Rig.Cancel);
        string answer = await client.ReadToEndAsync(Rig.Cancel).Soon();

        Assert.StartsWith("HTTP/1.1 200 ", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("chunked", answer, StringComparison.OrdinalIgnoreCase);
        Assert.EndsWith(stream ? "data: [DONE]\n\n" : "}", answer, StringComparison.Ordinal);
        await rig.AssertQuietAndBilledAsync(1, 1);
    }

    [Fact]
    [Trait("req", "P8")]
    public async Task PipelinedRequests_Several_AreAnsweredInOrder()
    {
        await using Rig rig = await Rig.StartAsync();
        using RawConnection client = await RawConnection.OpenAsync(rig.Gateway.Address(Rig.Batch), Rig.Cancel);

        await client.SendAsync(
            "GET /v1/first HTTP/1.1\r\nHost: g\r\n\r\nPOST /v1/second HTTP/1.1\r\nHost: g\r\nContent-Length: 2\r\n\r\nxx"
            + "GET /nowhere HTTP/1.1\r\nHost: g\r\n\r\nDELETE /v1/last HTTP/1.1\r\nHost: g\r\nConnection: close\r\n\r\n", Rig.Cancel);
        string answers = await client.ReadToEndAsync(Rig.Cancel).Soon();

        int[] places = [.. ((string[])["/v1/first", "/v1/second", "unknown_url", "/v1/last"]).Select(mark => answers.IndexOf(mark, StringComparison.Ordinal))];
        Assert.DoesNotContain(-1, places);
        Assert.Equal(places.Order(), places);
        await rig.AssertQuietAsync(4, 1);
    }

    [Theory]
    [InlineData("keep-alive", true)]
    [InlineData("TE, keep-alive", true)]
    [InlineData("Upgrade, HTTP2-Settings", true)]
    [InlineData("keep-alive, close", false)]
    [InlineData("TE, close", false)]
    [InlineData("keep-alive, X-Named", false)]
    [InlineData("", true)]
    [Trait("req", "P8")]
    public async Task Connection_Header_SaysWhetherItGoesOn(string words, bool goesOn)
    {
        await using Rig rig = await Rig.StartAsync();
        using RawConnection client = await RawConnection.OpenAsync(rig.Gateway.Address(Rig.Batch), Rig.Cancel);

        await client.SendAsync($"POST /v1/first HTTP/1.1\r\nHost: g\r\nConnection: {words}\r\nContent-Length: 2\r\n\r\nxxGET /v1/last HTTP/1.1\r\nHost: g\r\nConnection: close\r\n\r\n", Rig.Cancel);
        string answers = await client.ReadToEndAsync(Rig.Cancel).Soon();

        Assert.Equal((goesOn ? 2 : 1, 1), (answers.Split("HTTP/1.1 200").Length - 1, answers.Split("Connection: close").Length - 1));
    }

    [Fact]
    [Trait("req", "P8")]
    [Trait("row", "H3")]
    public async Task Upgrade_BesideANamedHeader_IsAgreedOnWithoutIt()
    {
        string handshake = "";
        await using RawUpstream upstream = RawUpstream.Start(async (connection, sent) =>
        {
            handshake = sent;
            await connection.WriteAsync(System.Text.Encoding.Latin1.GetBytes(Realtime.Agreement + "\u0081\u0002hi"));
            return RawUpstream.Closing.Orderly;
        });
        await using Rig rig = await Rig.StartAsync(1, options => options with { Instances = [GatewayHost.Instance(upstream.BaseAddress, 1)] });
        using RawConnection client = await RawConnection.OpenAsync(rig.Gateway.Address(Rig.Batch), Rig.Cancel);

        await client.SendAsync(Realtime.Handshake.Replace("keep-alive, Upgrade", "X-Named, Upgrade", StringComparison.Ordinal) + "X-Named: 1\r\nX-Other: 2\r\n\r\n", Rig.Cancel);
        await client.ReadUntilAsync("\u0002hi", Rig.Cancel).Soon();

        Assert.DoesNotContain("x-named", handshake, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("X-Other: 2", handshake, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("GET /v1/x HTTP/1.1\r\nHost: g\r\nConnection: x\0y\r\n\r\n")]
    [InlineData("POST /v1/x HTTP/1.1\r\nHost: g\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd")]
    [InlineData("POST /v1/x HTTP/1.1\r\nHost: g\r\nContent-Length: 3, 3\r\n\r\nabc")]
    [InlineData("POST /v1/x HTTP/1.1\r\nHost: g\r\nContent-Length: -1\r\n\r\n")]
    [InlineData("POST /v1/x HTTP/1.1\r\nHost: g\r\nTransfer-Encoding: gzip\r\n\r\nabc")]
    [InlineData("POST /v1/x HTTP/1.1\r\nHost: g\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n")]
    [InlineData("POST /v1/x HTTP/1.1\r\nHost: g\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n")]
    [InlineData("POST /v1/x HTTP/1.1\r\nHost: g\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n")]
    [InlineData("GET /v1/x HTTP/1.1\r\n\r\n")]
    [InlineData("GET /v1/x HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n")]
    [InlineData("GET /v1/x HTTP/1.1\nHost: g\n\n")]
    [InlineData("GET /v1/x HTTP/1.1\r\nHost: g\r\nX: a\r\n b\r\n\r\n")]
    [InlineData("GET /v1/x HTTP/1.1\r\nHost: g\r\nX : a\r\n\r\n")]
    [Trait("req", "P8")]
    [Trait("row", "H1")]
    public async Task Request_FramedAmbiguously_400AndClosedAndNeverSent(string request)
    {
        await using Rig rig = await Rig.StartAsync();
        using RawConnection client = await RawConnection.OpenAsync(rig.Gateway.Address(Rig.Batch), Rig.Cancel);

        // What follows must not be taken for a second request.
        await client.SendAsync(request + "GET /v1/smuggled HTTP/1.1\r\nHost: g\r\n\r\n", Rig.Cancel);
        string answer = await client.ReadUntilAsync("\r\n\r\n", Rig.Cancel).Soon();

        Assert.StartsWith("HTTP/1.1 400 ", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("HTTP/1.1", await client.ReadToEndAsync(Rig.Cancel).Soon(), StringComparison.Ordinal);
        Assert.Empty(rig.Upstream.Requests);
    }
}
