using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Gateway.Requests;
using Gateway.Tests.Support;
using Microsoft.AspNetCore.Http;
using UpstreamSimulator;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>Bodies that are no JSON, both ways, and answers that end in unusual ways.</summary>
[Trait("req", "P8")]
public class OddBodyTests
{
    [Theory]
    [InlineData("audio/transcriptions", 3_000_000, Rig.Batch)]
    [InlineData("audio/transcriptions", 10, Rig.Urgent)]
    [InlineData("files", 5_000_000, Rig.Normal)]
    public async Task Form_WithAFile_ArrivesWholeAndIsAnswered(string operation, int size, int tier)
    {
        await using Rig rig = await Rig.StartAsync();
        using var form = new MultipartFormDataContent("----WebKitFormBoundary\u0027x")
        {
            { new StringContent("whisper-1"), "model" },
            { new StringContent("assistants"), "purpose" },
        };
        using var file = new PatternContent(size);
        file.Headers.ContentType = new MediaTypeHeaderValue("audio/mpeg");
        form.Add(file, "file", "a b;c=d.mp3");

        HttpResponseMessage answer = await rig.SendAsync(rig.Request(tier, HttpMethod.Post, $"/v1/{operation}", form)).Soon();

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal((await PatternContent.HashAsync(new PatternContent(size))).Hash, (await answer.JsonAsync()).GetProperty("sha256").GetString());
        await rig.AssertQuietAsync(1, 1);
    }

    [Theory]
    [InlineData(0, false, Rig.Urgent)]
    [InlineData(1, true, Rig.Batch)]
    [InlineData(4096, true, Rig.Urgent)]
    [InlineData(20_000_001, false, Rig.Batch)]
    [InlineData(20_000_001, true, Rig.Urgent)]
    public async Task BinaryAnswer_AnySizeAndFraming_PassesByteForByte(int size, bool hasLength, int tier)
    {
        await using Rig rig = await Rig.StartAsync();
        rig.Upstream.Respond(async context =>
        {
            context.Response.ContentType = "audio/mpeg";
            context.Response.ContentLength = hasLength ? size : null;
            await PatternContent.WriteAsync(context.Response.Body, size, cancel: context.RequestAborted);
            return true;
        });

        using HttpResponseMessage answer = await rig.SendAsync(rig.Request(
            tier, HttpMethod.Post, "/v1/audio/speech", Rig.Json("""{"model":"tts-1","input":"x"}"""))).Soon();

        Assert.Equal(("audio/mpeg", hasLength || size == 0 ? size : null), (answer.Content.Headers.ContentType?.ToString(), answer.Content.Headers.ContentLength));
        Assert.Equal(await PatternContent.HashAsync(new PatternContent(size)), await PatternContent.HashAsync(answer.Content));
        Assert.Equal((Outcome.Relayed, size), Assert.Single((await rig.AssertQuietAsync(1, 1)).Select(static record => (record.Outcome, (int)record.ResponseBytes))));
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    [InlineData("zstd")]
    [InlineData("deflate")]
    public async Task EncodedAnswer_AnyCoding_IsNotTouched(string coding)
    {
        await using Rig rig = await Rig.StartAsync();
        rig.Upstream.Respond(async context =>
        {
            context.Response.ContentType = "application/json";
            context.Response.Headers.ContentEncoding = coding;
            context.Response.Headers.Vary = "Accept-Encoding";
            context.Response.ContentLength = 100_000;
            await PatternContent.WriteAsync(context.Response.Body, 100_000);
            return true;
        });

        using HttpResponseMessage answer = await rig.SendAsync(rig.Request(Rig.Batch, HttpMethod.Get, "/v1/x", null, $"Accept-Encoding: {coding}, *;q=0.1")).Soon();

        Assert.Equal([coding], answer.Content.Headers.ContentEncoding);
        Assert.Equal((100_000, "Accept-Encoding"), (answer.Content.Headers.ContentLength, answer.Header("Vary")));
        Assert.Equal(await PatternContent.HashAsync(new PatternContent(100_000)), await PatternContent.HashAsync(answer.Content));
        Assert.Equal([$"{coding}, *;q=0.1"], Assert.Single(rig.Upstream.Requests).Header("Accept-Encoding"));
    }

    [Theory]
    [InlineData(Rig.Urgent)]
    [InlineData(Rig.Batch)]
    public async Task Trailers_OfAnAnswer_AreDroppedAndTheConnectionGoesOn(int tier)
    {
        await using RawUpstream upstream = RawUpstream.Start(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum, Set-Cookie\r\n\r\n"
            + "5;a=b\r\nhello\r\n0\r\nX-Sum: 1\r\nSet-Cookie: canary=1\r\nContent-Length: 7\r\n\r\n");
        await using Rig rig = await StartAsync(upstream);
        using RawConnection client = await RawConnection.OpenAsync(rig.Gateway.Address(tier), Rig.Cancel);

        for (int i = 0; i < 2; i++)
        {
            await client.SendAsync("GET /v1/x HTTP/1.1\r\nHost: g\r\n\r\n", Rig.Cancel);
            string answer = await client.ReadUntilAsync("\r\n0\r\n\r\n", Rig.Cancel).Soon();
            Assert.EndsWith("\r\n\r\n5\r\nhello\r\n0\r\n\r\n", answer, StringComparison.Ordinal);
            Assert.DoesNotContain("X-Sum", answer, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain("canary", answer, StringComparison.Ordinal);
            await Eventually.TrueAsync(() => upstream.Parted > i);
        }

        await rig.AssertQuietAsync(2, 1);
    }

    [Theory]
    [InlineData("HTTP/1.0 200 OK\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")]
    public async Task Answer_EndedByTheConnection_IsWhole(string head)
    {
        await using RawUpstream upstream = RawUpstream.Start(head + "until the end");
        await using Rig rig = await StartAsync(upstream);

        HttpResponseMessage answer = await rig.SendAsync(rig.Request(Rig.Batch, HttpMethod.Get, "/v1/x")).Soon();

        Assert.Equal("until the end", await answer.TextAsync());
        await rig.AssertQuietAsync(1, 1);
    }

    [Theory]
    [InlineData(204)]
    [InlineData(304)]
    public async Task Answer_WithoutABody_LeavesTheCallersConnectionInOrder(int status)
    {
        // The upstream wrongly says that there is one.
        await using RawUpstream upstream = RawUpstream.Start($"HTTP/1.1 {status} X\r\nContent-Length: 5\r\nETag: \"e\"\r\n\r\n");
        await using Rig rig = await StartAsync(upstream);
        using RawConnection client = await RawConnection.OpenAsync(rig.Gateway.Address(Rig.Batch), Rig.Cancel);

        for (int i = 0; i < 2; i++)
        {
            await client.SendAsync("GET /v1/x HTTP/1.1\r\nHost: g\r\n\r\n", Rig.Cancel);
            string head = await client.ReadUntilAsync("\r\n\r\n", Rig.Cancel).Soon();
            Assert.StartsWith($"HTTP/1.1 {status} ", head, StringComparison.Ordinal);
            Assert.EndsWith("\r\n\r\n", head, StringComparison.Ordinal);
            await Eventually.TrueAsync(() => upstream.Parted > i);
        }

        await rig.AssertQuietAsync(2, 1);
    }

    [Theory]
    [InlineData(401, Rig.Batch)]
    [InlineData(413, Rig.Urgent)]
    public async Task Answer_BeforeTheUploadWasRead_ReachesTheCaller(int status, int tier)
    {
        await using Rig rig = await Rig.StartAsync();
        rig.Upstream.Respond(
            async context =>
            {
                context.Response.StatusCode = status;
                await context.Response.WriteAsync("early");
                await context.Response.CompleteAsync();

                // What is still coming is taken and forgotten, as servers do.
                await context.Request.Body.CopyToAsync(Stream.Null, context.RequestAborted);
                return true;
            },
            beforeBody: true);

        HttpResponseMessage answer = await rig.SendAsync(rig.Request(tier, HttpMethod.Post, "/v1/files", new PatternContent(8_000_000))).Soon();

        Assert.Equal((status, "early"), ((int)answer.StatusCode, await answer.TextAsync()));
        await rig.AssertQuietAsync(1, 1);
    }

    [Theory]
    [InlineData("""{"model":"cheap","model":"expensive","messages":[]}""", "text/plain", true)]
    [InlineData("""{"model":"cheap","messages":[],"model":"expensive"}""", "application/x-www-form-urlencoded", true)]
    [InlineData("""{"model":"cheap",,"model":"expensive"}""", "text/plain", false)]
    [InlineData("""{"model":"cheap","stream":"yes"}""", "text/plain", false)]
    [Trait("row", "H6")]
    public async Task Body_NotCalledJsonWithTwoModels_IsRefusedAndWhatIsNoneTellsNothing(string body, string type, bool isRefused)
    {
        await using Rig rig = await Rig.StartAsync(1, static options => options with { Instances = [options.Instances[0] with { SupportedModels = ["cheap"] }] });
        rig.Upstream.Respond(static async context =>
        {
            context.EndCall();
            await context.Response.CompleteAsync();
            return true;
        });

        HttpResponseMessage answer = await rig.SendAsync(rig.Request(
            Rig.Urgent, HttpMethod.Post, "/v1/chat/completions", new StringContent(body, Encoding.UTF8, type))).Soon();

        Assert.Equal((isRefused ? 400 : 200, isRefused ? 0 : 1), ((int)answer.StatusCode, rig.Upstream.Requests.Count));
        Assert.Null(Assert.Single(await rig.AssertQuietAsync(1, 1)).Model);
    }

    [Theory]
    [InlineData("DELETE")]
    [InlineData("OPTIONS")]
    [InlineData("GET")]
    [InlineData("QUERY")]
    public async Task Body_OfAMethodThatSeldomHasOne_ArrivesOnceMore(string method)
    {
        await using Rig rig = await Rig.StartAsync();
        byte[] body = Encoding.UTF8.GetBytes("""{"ids":["a","b"]}""");

        HttpResponseMessage answer = await rig.SendAsync(rig.Request(
            Rig.Batch, HttpMethod.Parse(method), "/v1/vector_stores/vs/files", new ByteArrayContent(body))).Soon();

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        RecordedRequest received = Assert.Single(rig.Upstream.Requests);
        Assert.Equal(method, received.Method);
        Assert.Equal(body, received.Body);
        await rig.AssertQuietAsync(1, 1);
    }

    private static Task<Rig> StartAsync(RawUpstream upstream) =>
        Rig.StartAsync(1, options => options with { Instances = [GatewayHost.Instance(upstream.BaseAddress, 1)] });
}
