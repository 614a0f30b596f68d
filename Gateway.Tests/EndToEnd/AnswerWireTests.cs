using System.IO.Compression;
using System.Net;
using System.Text;
using Gateway.Requests;
using Gateway.Tests.Support;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>What the caller gets of an answer (wire conventions 12 to 17), on a tier that may be interrupted and on one that may not.</summary>
public class AnswerWireTests
{
    public static TheoryData<int, int> StatusesByTier()
    {
        var data = new TheoryData<int, int>();
        foreach (int status in (int[])[200, 201, 202, 204, 206, 300, 304, 305, 400, 401, 404, 409, 418, 422, 429, 451, 500, 503, 529, 599])
        {
            data.Add(status, Rig.Urgent);
            data.Add(status, Rig.Batch);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(StatusesByTier))]
    [Trait("req", "P8")]
    public async Task Status_AnyNumber_PassesWithBodyAndHeaders(int status, int tier)
    {
        bool hasBody = status is not (204 or 304);
        string answer = $"HTTP/1.1 {status} Whatever\r\nLocation: http://127.0.0.1:1/evil\r\nRetry-After: 7\r\nx-should-retry: false\r\n"
            + (hasBody ? "Content-Length: 17\r\n\r\n{\"error\":\"text\" }\n"[..^1] : "\r\n");
        await using RawUpstream upstream = RawUpstream.Start(answer);
        await using Rig rig = await StartAsync(upstream);

        HttpResponseMessage response = await rig.SendAsync(rig.Request(tier, HttpMethod.Post, "/v1/chat/completions", Rig.Json(Rig.ChatBody(tier, stream: true)))).Soon();

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal(("http://127.0.0.1:1/evil", "7", "false"), (response.Header("Location"), response.Header("Retry-After"), response.Header("x-should-retry")));
        Assert.Equal(hasBody ? "{\"error\":\"text\" }" : "", await response.TextAsync());
        Assert.Null(response.Content.Headers.ContentType);
        await rig.AssertQuietAsync(1, 1);
    }

    [Theory]
    [InlineData(301, Rig.Batch)]
    [InlineData(302, Rig.Urgent)]
    [InlineData(303, Rig.Batch)]
    [InlineData(307, Rig.Urgent)]
    [InlineData(308, Rig.Batch)]
    [Trait("row", "U2")]
    public async Task Redirect_ToAnyWhere_IsNeitherFollowedNorPassedOn(int status, int tier)
    {
        List<string> elsewhere = [];
        await using RawUpstream canary = RawUpstream.Start("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", elsewhere);
        await using RawUpstream upstream = RawUpstream.Start(
            $"HTTP/1.1 {status} Elsewhere\r\nLocation: {canary.BaseAddress}\r\nContent-Length: 4\r\n\r\ngone");
        await using Rig rig = await StartAsync(upstream);

        HttpResponseMessage response = await rig.SendAsync(
            rig.Request(tier, HttpMethod.Post, "/v1/chat/completions", Rig.Json(Rig.ChatBody(tier)), "Authorization: Bearer sk-secret")).Soon();

        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        Assert.Equal("upstream_redirected", (await response.JsonAsync()).GetProperty("error").GetProperty("code").GetString());
        Assert.Equal("", response.Header("Location"));
        Assert.Empty(elsewhere);
        await rig.AssertQuietAsync(1, 1);
    }

    [Theory]
    [InlineData("x-request-id: req_1", true)]
    [InlineData("openai-organization: org", true)]
    [InlineData("openai-processing-ms: 12", true)]
    [InlineData("openai-version: 2020-10-01", true)]
    [InlineData("openai-model: gpt-4o", true)]
    [InlineData("x-ratelimit-remaining-tokens: 149984", true)]
    [InlineData("x-ratelimit-reset-requests: 12ms", true)]
    [InlineData("x-ratelimit-reset-tokens: 6m0s", true)]
    [InlineData("x-ratelimit-limit-input-images: 50", true)]
    [InlineData("retry-after-ms: 1500", true)]
    [InlineData("www-authenticate: Bearer realm=\"x\"", true)]
    [InlineData("Content-Disposition: attachment; filename=\"a b.jsonl\"", true)]
    [InlineData("Content-Type: application/json; charset=weird; x=\"y\"", true)]
    [InlineData("Content-Language: de", true)]
    [InlineData("ETag: W/\"x\"", true)]
    [InlineData("Last-Modified: Tue, 15 Nov 1994 12:45:26 GMT", true)]
    [InlineData("cf-ray: 8f-FRA", true)]
    [InlineData("Server: cloudflare", true)]
    [InlineData("apim-request-id: 1", true)]
    [InlineData("x-ms-region: Sweden Central", true)]
    [InlineData("Cache-Control: no-cache", true)]
    [InlineData("X-Accel-Buffering: no", true)]
    [InlineData("Via: 1.1 somewhere", true)]
    [InlineData("X-Latin: caf\u00e9", true)]
    [InlineData("Access-Control-Expose-Headers: A\r\nAccess-Control-Expose-Headers: B", true)]
    [InlineData("Set-Cookie: a=1, b; Expires=Wed, 09 Jun 2021 10:18:14 GMT\r\nSet-Cookie: c=2", true)]
    [InlineData("Date: Tue, 15 Nov 1994 08:12:31 GMT", true)]
    [InlineData("Alt-Svc: h3=\":443\"", false)]
    [InlineData("Strict-Transport-Security: max-age=1", false)]
    [InlineData("Keep-Alive: timeout=5", false)]
    [InlineData("Proxy-Authenticate: Basic", false)]
    [InlineData("Trailer: X-Sum", false)]
    [InlineData("Upgrade: h2c", false)]
    [InlineData("Connection: close, X-Named\r\nX-Named: 1", false)]
    [Trait("req", "P8")]
    public async Task Header_OfTheUpstream_PassesUnlessItIsForOneHopOrOneOrigin(string lines, bool passes)
    {
        await using RawUpstream upstream = RawUpstream.Start($"HTTP/1.1 200 OK\r\n{lines}\r\nContent-Length: 2\r\n\r\n{{}}");
        await using Rig rig = await StartAsync(upstream);
        using RawConnection client = await RawConnection.OpenAsync(rig.Gateway.Address(Rig.Batch), Rig.Cancel);

        // The connection stays open for the caller, whatever the upstream does with its own.
        for (int i = 0; i < 2; i++)
        {
            await client.SendAsync("GET /v1/x HTTP/1.1\r\nHost: g\r\n\r\n", Rig.Cancel);
            string head = await client.ReadUntilAsync("\r\n\r\n{}", Rig.Cancel).Soon();
            string[] received = head.Split("\r\n");
            foreach (string line in lines.Split("\r\n"))
            {
                Assert.Equal(passes ? 1 : 0, received.Count(one => one.Equals(line, StringComparison.OrdinalIgnoreCase)));
            }

            Assert.Single(received, static line => line.StartsWith("content-length:", StringComparison.OrdinalIgnoreCase));
            Assert.Single(received, static line => line.StartsWith("date:", StringComparison.OrdinalIgnoreCase));
            await Eventually.TrueAsync(() => upstream.Parted > i);
        }
    }

    [Theory]
    [InlineData(Rig.Urgent)]
    [InlineData(Rig.Batch)]
    [Trait("req", "P8")]
    public async Task CompressedAnswer_StreamOrPlain_BytesAreNotTouched(int tier)
    {
        using var packed = new MemoryStream();
        await using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write("data: {\"choices\":[]}\n\ndata: [DONE]\n\n"u8);
        }

        byte[] bytes = packed.ToArray();
        await using Rig rig = await Rig.StartAsync();
        foreach (string type in (string[])["text/event-stream", "application/json"])
        {
            rig.Upstream.Respond(async context =>
            {
                context.Response.ContentType = type;
                context.Response.Headers.ContentEncoding = "gzip";
                await context.Response.Body.WriteAsync(bytes);
                return true;
            });

            HttpResponseMessage answer = await rig.SendAsync(rig.Request(
                tier, HttpMethod.Post, "/v1/x", Rig.Json("{}"), "Accept-Encoding: gzip")).Soon();

            Assert.Equal("gzip", Assert.Single(answer.Content.Headers.ContentEncoding));
            Assert.Equal(bytes, await answer.BytesAsync());
        }
    }

    [Theory]
    [InlineData("HTTP/1.1 100 Continue\r\n\r\n")]
    [InlineData("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n")]
    [InlineData("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n")]
    [Trait("req", "P8")]
    public async Task InterimAnswer_BeforeTheRealOne_IsSkipped(string interim)
    {
        await using RawUpstream upstream = RawUpstream.Start(interim + "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
        await using Rig rig = await StartAsync(upstream);

        HttpResponseMessage answer = await rig.SendAsync(rig.Request(Rig.Batch, HttpMethod.Post, "/v1/x", Rig.Json("{}"))).Soon();

        Assert.Equal((HttpStatusCode.OK, "{}"), (answer.StatusCode, await answer.TextAsync()));
    }

    [Theory]
    [InlineData("Content-Length: 1234")]
    [InlineData("Transfer-Encoding: chunked")]
    [InlineData("X-None: 1")]
    [Trait("req", "P8")]
    public async Task Head_Answered_HasNoBodyAndDoesNotHang(string framing)
    {
        await using RawUpstream upstream = RawUpstream.Start($"HTTP/1.1 200 OK\r\n{framing}\r\n\r\n");
        await using Rig rig = await StartAsync(upstream);
        using RawConnection client = await RawConnection.OpenAsync(rig.Gateway.Address(Rig.Batch), Rig.Cancel);

        await client.SendAsync("HEAD /v1/files/f/content HTTP/1.1\r\nHost: g\r\nConnection: close\r\n\r\n", Rig.Cancel);
        string answer = await client.ReadToEndAsync(Rig.Cancel).Soon();

        Assert.StartsWith("HTTP/1.1 200 ", answer, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\n", answer, StringComparison.Ordinal);
        Assert.Equal(framing.Contains("1234", StringComparison.Ordinal), answer.Contains("Content-Length: 1234", StringComparison.OrdinalIgnoreCase));
        await rig.AssertQuietAsync(1, 1);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nX-Bad: a\rb\r\nContent-Length: 2\r\n\r\n{}")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: abc\r\n\r\n{}")]
    [InlineData("SSH-2.0-OpenSSH_9.6\r\n")]
    [InlineData("HTTP/1.1 abc OK\r\n\r\n")]
    [InlineData("")]
    [Trait("req", "P8")]
    public async Task InvalidAnswer_FromTheUpstream_NeverBecomesAGoodOne(string answer)
    {
        await using RawUpstream upstream = RawUpstream.Start(answer);
        await using Rig rig = await StartAsync(upstream);

        Task<HttpResponseMessage> call = rig.SendAsync(rig.Request(Rig.Batch, HttpMethod.Post, "/v1/x", Rig.Json("{}")));
        HttpResponseMessage response = await call.Soon();

        Assert.True((int)response.StatusCode is 502 || response.Header("X-Bad").AsSpan().IndexOfAny('\r', '\n') < 0);
        if (response.StatusCode == HttpStatusCode.BadGateway)
        {
            Assert.Equal("upstream_error", (await response.JsonAsync()).GetProperty("error").GetProperty("type").GetString());
        }

        await rig.AssertQuietAsync(1, 1);
    }

    [Theory]
    [InlineData(200, "Transfer-Encoding: gzip, chunked", Rig.Batch)]
    [InlineData(200, "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked", Rig.Batch)]
    [InlineData(200, "Transfer-Encoding: chunked, chunked", Rig.Batch)]
    [InlineData(200, "Content-Type: text/event-stream\r\nTransfer-Encoding: deflate,chunked", Rig.Urgent)]
    [InlineData(404, "Transfer-Encoding: gzip, chunked", Rig.Urgent)]
    [InlineData(429, "Transfer-Encoding: gzip, chunked\r\nx-should-retry: false", Rig.Batch)]
    [Trait("req", "P8")]
    [Trait("row", "U11")]
    public async Task Answer_InACodingThatNobodyUndoes_502(int status, string framing, int tier)
    {
        await using RawUpstream upstream = RawUpstream.Start($"HTTP/1.1 {status} X\r\n{framing}\r\n\r\n2\r\n\u001f\u008b\r\n0\r\n\r\n");
        await using Rig rig = await StartAsync(upstream);

        HttpResponseMessage answer = await rig.SendAsync(rig.Request(tier, HttpMethod.Post, "/v1/x", Rig.Json("{}"))).Soon();

        Assert.Equal(HttpStatusCode.BadGateway, answer.StatusCode);
        Assert.Equal("upstream_invalid", (await answer.JsonAsync()).GetProperty("error").GetProperty("code").GetString());
        await rig.AssertQuietAsync(1, 1);
    }

    /// <summary>So servers of old say that there is no coding: the length counts.</summary>
    [Fact]
    [Trait("req", "P8")]
    public async Task Answer_InTheCodingThatIsNone_IsWholeByItsLength()
    {
        await using RawUpstream upstream = RawUpstream.Start("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: identity\r\nContent-Length: 2\r\n\r\n{}");
        await using Rig rig = await StartAsync(upstream);

        HttpResponseMessage answer = await rig.SendAsync(rig.Request(Rig.Batch, HttpMethod.Post, "/v1/x", Rig.Json("{}"))).Soon();

        Assert.Equal((HttpStatusCode.OK, "{}"), (answer.StatusCode, await answer.Content.ReadAsStringAsync(Rig.Cancel).Soon()));
        Assert.Equal(Outcome.Relayed, Assert.Single(await rig.AssertQuietAsync(1, 1)).Outcome);
    }

    [Theory]
    [InlineData(200, "application/json", "{}")]
    [InlineData(200, "text/event-stream", "data: [DONE]\n\n")]
    [InlineData(503, "application/json", "{}")]
    [InlineData(404, "application/json", "{}")]
    [Trait("req", "P8")]
    [Trait("row", "U11")]
    public async Task Answer_WithALengthBesideItsChunks_IsWholeByTheChunks(int status, string type, string body)
    {
        foreach (int lie in (int[])[1, 5, 1_000_000])
        {
            await using RawUpstream upstream = RawUpstream.Start(
                $"HTTP/1.1 {status} X\r\nContent-Type: {type}\r\nContent-Length: {lie}\r\nTransfer-Encoding: chunked\r\nx-should-retry: false\r\n\r\n{body.Length:x}\r\n{body}\r\n0\r\n\r\n");
            await using Rig rig = await StartAsync(upstream);
            using RawConnection client = await RawConnection.OpenAsync(rig.Gateway.Address(Rig.Batch), Rig.Cancel);

            await client.PostAsync("/v1/chat/completions", Rig.ChatBody(Rig.Batch), "Connection: close\r\n", Rig.Cancel);
            string answer = await client.ReadToEndAsync(Rig.Cancel).Soon();

            Assert.StartsWith($"HTTP/1.1 {status} ", answer, StringComparison.Ordinal);
            Assert.Contains(body, answer, StringComparison.Ordinal);
            Assert.DoesNotContain($"Content-Length: {lie}\r\n", answer, StringComparison.OrdinalIgnoreCase);
            Assert.Equal(Outcome.Relayed, Assert.Single(await rig.AssertQuietAsync(1, 1)).Outcome);
        }
    }

    private static Task<Rig> StartAsync(RawUpstream upstream) =>
        Rig.StartAsync(1, options => options with { Instances = [GatewayHost.Instance(upstream.BaseAddress, 1)] });
}
