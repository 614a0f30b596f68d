using System.Net;
using System.Security.Cryptography;
using System.Text;
using Gateway.Tests.Support;
using UpstreamSimulator;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>What the upstream gets of a request (wire conventions 1 to 8), read off the socket.</summary>
public class RequestWireTests
{
    [Theory]
    [InlineData("""{"model":"m","messages":[],"seed":12345678901234567890123,"temperature":1.0,"top_p":1e0}""")]
    [InlineData("{\r\n\t\"messages\" : [ ] ,\n \"model\":\"m\" , \"unknown\":{\"deep\":[null,true]} }\r\n")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"\u00e9\/\ud83d\ude00 é😀"}],"user":"a","user":"b"}""")]
    [Trait("req", "P8")]
    public async Task JsonBody_AnyWriting_IsNotTouched(string body)
    {
        await using Rig rig = await Rig.StartAsync();

        HttpResponseMessage answer = await rig.SendAsync(rig.Request(Rig.Batch, HttpMethod.Post, "/v1/chat/completions", Rig.Json(body))).Soon();

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(Encoding.UTF8.GetBytes(body), Assert.Single(rig.Upstream.Requests).Body);
    }

    [Theory]
    [InlineData(10, true)]
    [InlineData(3_000_000, true)]
    [InlineData(5_000_000, false)]
    [Trait("req", "P8")]
    public async Task BinaryBody_AnySizeAndFraming_ArrivesWholeWithItsType(int size, bool chunked)
    {
        await using Rig rig = await Rig.StartAsync();
        byte[] bytes = RandomNumberGenerator.GetBytes(size);
        HttpRequestMessage request = rig.Request(Rig.Normal, HttpMethod.Post, "/v1/uploads/u/parts", new ByteArrayContent(bytes));
        request.Content!.Headers.TryAddWithoutValidation("Content-Type", "multipart/form-data; boundary=\"a b'c\"");
        request.Headers.TransferEncodingChunked = chunked;

        HttpResponseMessage answer = await rig.SendAsync(request).Soon();

        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(bytes)), (await answer.JsonAsync()).GetProperty("body_sha256").GetString());
        RecordedRequest received = Assert.Single(rig.Upstream.Requests);
        Assert.Equal(["multipart/form-data; boundary=\"a b'c\""], received.Header("Content-Type"));
        Assert.Equal((size, 0), ((int)received.BodyLength, received.Header("Transfer-Encoding").Count));
        await rig.AssertQuietAsync(1, 1);
    }

    [Theory]
    [InlineData("POST /v1/x HTTP/1.1\r\nHost: g\r\nContent-Length: 0\r\n\r\n", "content-length: 0", "")]
    [InlineData("POST /v1/x HTTP/1.1\r\nHost: g\r\n\r\n", "content-length: 0", "")]
    [InlineData("GET /v1/x HTTP/1.1\r\nHost: g\r\n\r\n", "", "")]
    [InlineData("DELETE /v1/x HTTP/1.1\r\nHost: g\r\n\r\n", "", "")]
    [InlineData("DELETE /v1/x HTTP/1.1\r\nHost: g\r\nContent-Length: 3\r\n\r\nabc", "content-length: 3", "abc")]
    [InlineData("PUT /v1/x HTTP/1.1\r\nHost: g\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n3;ext=1\r\nbcd\r\n0\r\nX-Trailer: 1\r\n\r\n", "content-length: 4", "abcd")]
    [InlineData("GET /v1/x HTTP/1.1\r\nHost: g\r\nContent-Length: 2\r\n\r\n{}", "content-length: 2", "{}")]
    [Trait("req", "P8")]
    public async Task Framing_HoweverSent_IsOneLengthAndNothingIsAdded(string request, string framing, string body)
    {
        List<string> received = [];
        await using RawUpstream upstream = RawUpstream.Start("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", received);
        await using Rig rig = await Rig.StartAsync(1, options => options with { Instances = [GatewayHost.Instance(upstream.BaseAddress, 1)] });
        using RawConnection client = await RawConnection.OpenAsync(rig.Gateway.Address(Rig.Batch), Rig.Cancel);

        await client.SendAsync(request, Rig.Cancel);
        await client.ReadUntilAsync("\r\n\r\n{}", Rig.Cancel).Soon();

        string[] parts = Assert.Single(received).Split("\r\n\r\n", 2);
        string[] expected = [$"host: {upstream.BaseAddress.Authority}", .. framing.Length > 0 ? [framing] : (string[])[]];
        Assert.Equal(expected.Order(), parts[0].Split("\r\n")[1..].Select(static line => line.ToLowerInvariant()).Order());
        Assert.Equal(body, parts[1]);
    }

    [Theory]
    [InlineData("Authorization: Bearer sk-1")]
    [InlineData("OpenAI-Organization: org-1")]
    [InlineData("OpenAI-Project: proj_1")]
    [InlineData("OpenAI-Beta: responses=experimental, assistants=v2")]
    [InlineData("Idempotency-Key: stainless-node-retry-1")]
    [InlineData("X-Client-Request-Id: 1")]
    [InlineData("X-Request-ID: 1")]
    [InlineData("User-Agent: OpenAI/Python 1.0 (Linux; x)")]
    [InlineData("X-Stainless-Retry-Count: 0")]
    [InlineData("traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")]
    [InlineData("tracestate: a=b")]
    [InlineData("baggage: k=v")]
    [InlineData("Accept: text/event-stream")]
    [InlineData("Accept-Encoding: gzip, br;q=0.5")]
    [InlineData("Content-Encoding: gzip")]
    [InlineData("Content-Language: de")]
    [InlineData("Date: Tue, 15 Nov 1994 08:12:31 GMT")]
    [InlineData("If-None-Match: \"x\"")]
    [InlineData("Range: bytes=0-1")]
    [InlineData("Cookie: a=b; c=d")]
    [InlineData("X-Forwarded-For: 10.0.0.1")]
    [InlineData("X-Unknown: caf\u00e9 \"q\" ; =")]
    [InlineData("X-Empty:")]
    [Trait("req", "P8")]
    public Task Header_EndToEnd_Passes(string header) => AssertHeaderAsync(header, passes: true);

    [Theory]
    [InlineData("Connection: X-Named, X-Other\r\nX-Named: 1")]
    [InlineData("Connection: X-Named, close\r\nX-Named: 1")]
    [InlineData("Connection: keep-alive ,x-named\r\nX-Named: 1")]
    [InlineData("Connection: upgrade,x-named\r\nX-Named: 1")]
    [InlineData("Connection: X-Named\r\nConnection: close\r\nX-Named: 1")]
    [InlineData("Connection: keep-alive\r\nConnection: X-Named\r\nX-Named: 1")]
    [InlineData("connection: Close\r\nX-Named: 1\r\nCONNECTION: TE,, X-NAMED")]
    [InlineData("Keep-Alive: timeout=5")]
    [InlineData("Proxy-Connection: keep-alive")]
    [InlineData("Proxy-Authorization: Basic eA==")]
    [InlineData("TE: trailers")]
    [InlineData("Trailer: X-Checksum")]
    [Trait("req", "P8")]
    [Trait("row", "H3")]
    public Task Header_HopByHop_StopsHere(string header) => AssertHeaderAsync(header, passes: false);

    [Fact]
    [Trait("req", "P8")]
    public async Task Expect_BodyComesLater_100IsSentFirst()
    {
        await using Rig rig = await Rig.StartAsync();
        using RawConnection client = await RawConnection.OpenAsync(rig.Gateway.Address(Rig.Batch), Rig.Cancel);

        await client.SendAsync("POST /v1/x HTTP/1.1\r\nHost: g\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n", Rig.Cancel);
        await client.ReadUntilAsync("HTTP/1.1 100 Continue\r\n\r\n", Rig.Cancel).Soon();
        await client.SendAsync("abc", Rig.Cancel);
        await client.ReadUntilAsync("\"body_bytes\":3", Rig.Cancel).Soon();

        Assert.Empty(Assert.Single(rig.Upstream.Requests).Header("Expect"));
    }

    [Fact]
    [Trait("req", "P8")]
    [Trait("row", "H5")]
    public async Task Expect_BodyOverTheLimit_413IsSentInstead()
    {
        await using Rig rig = await Rig.StartAsync(1, static options => options with { Limits = options.Limits with { MaxBodyBytes = 1024 } });
        using RawConnection client = await RawConnection.OpenAsync(rig.Gateway.Address(Rig.Batch), Rig.Cancel);

        await client.SendAsync(
            "POST /v1/x HTTP/1.1\r\nHost: g\r\nContent-Type: application/json\r\nContent-Length: 1025\r\nExpect: 100-continue\r\n\r\n", Rig.Cancel);
        string answer = await client.ReadUntilAsync("request_too_large", Rig.Cancel).Soon();

        Assert.StartsWith("HTTP/1.1 413 ", answer, StringComparison.Ordinal);
        Assert.Empty(rig.Upstream.Requests);
        await rig.AssertQuietAsync(1, 1);
    }

    private static async Task AssertHeaderAsync(string header, bool passes)
    {
        List<string> received = [];
        await using RawUpstream upstream = RawUpstream.Start("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", received);
        await using Rig rig = await Rig.StartAsync(1, options => options with { Instances = [GatewayHost.Instance(upstream.BaseAddress, 1)] });
        using RawConnection client = await RawConnection.OpenAsync(rig.Gateway.Address(Rig.Batch), Rig.Cancel);

        await client.SendAsync($"POST /v1/x HTTP/1.1\r\nHost: g\r\nContent-Length: 3\r\n{header}\r\n\r\nabc", Rig.Cancel);
        await client.ReadUntilAsync("\r\n\r\n{}", Rig.Cancel).Soon();

        string[] lines = [.. Assert.Single(received).Split("\r\n\r\n")[0].Split("\r\n")[1..].Select(static line => line.Replace(": ", ":", StringComparison.Ordinal).TrimEnd())];
        string expected = header.Replace(": ", ":", StringComparison.Ordinal);
        Assert.Equal(passes ? 3 : 2, lines.Length);
        if (passes)
        {
            Assert.Single(lines, line => line.Equals(expected, StringComparison.OrdinalIgnoreCase) && line.EndsWith(expected[expected.IndexOf(':')..], StringComparison.Ordinal));
        }
    }
}
