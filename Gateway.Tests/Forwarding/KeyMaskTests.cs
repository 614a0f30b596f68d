using System.IO.Compression;
using System.Net;
using System.Text;
using Gateway.Forwarding;
using Gateway.Tests.Support;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Gateway.Tests.Forwarding;

/// <summary>A refusal that repeats the gateway's key.</summary>
[Trait("row", "A4")]
public class KeyMaskTests
{
    private const string Key = "sk-ours-0123456789";

    [Fact]
    public async Task MaskedStream_KeyCutAnywhere_ComesOutAsStars()
    {
        byte[] text = Encoding.ASCII.GetBytes($"sk-ours-0 {Key}{Key} sk-ours-01234567 {Key[..^1]}");
        string expected = Encoding.ASCII.GetString(text).Replace(Key, new string('*', Key.Length), StringComparison.Ordinal);
        for (int cut = 0; cut < text.Length; cut++)
        {
            for (int size = 1; size < 30; size += 7)
            {
                await using var masked = new MaskedStream(new ResumedStream(text.AsMemory(0, cut), new MemoryStream(text, cut, text.Length - cut)), Encoding.ASCII.GetBytes(Key));
                var read = new MemoryStream();
                byte[] buffer = new byte[size];
                int length;
                while ((length = await masked.ReadAsync(buffer, TestContext.Current.CancellationToken)) > 0)
                {
                    read.Write(buffer, 0, length);
                }

                Assert.Equal(expected, Encoding.ASCII.GetString(read.ToArray()));
            }
        }
    }

    [Theory]
    [InlineData(401, null)]
    [InlineData(401, "gzip")]
    [InlineData(403, "br")]
    [InlineData(400, "deflate")]
    [InlineData(500, null)]
    [InlineData(429, "gzip")]
    public async Task Refusal_WithTheGatewaysKey_ReachesTheCallerWithStars(int status, string? encoding)
    {
        await using Rig rig = await StartAsync(Key, status, encoding);

        using HttpResponseMessage answer = await rig.SendAsync(rig.Request(Rig.Batch, HttpMethod.Get, "/v1/models", null, "Accept-Encoding: gzip, br, deflate")).Soon();
        byte[] body = await answer.Content.ReadAsByteArrayAsync(Rig.Cancel);

        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal($$"""{"error":"no {{new string('*', Key.Length)}}"}""", Encoding.ASCII.GetString(body));
        Assert.Equal(body.Length, answer.Content.Headers.ContentLength);
        Assert.Equal(["application/json"], answer.Content.Headers.GetValues("Content-Type"));
        Assert.Empty(answer.Content.Headers.ContentEncoding);
        Assert.Equal($"Bearer realm=\"{new string('*', Key.Length)}\"", answer.Header("WWW-Authenticate"));
    }

    /// <summary>Whoever has shown the key may see it, and words that a local server takes for a key are no secrets.</summary>
    [Theory]
    [InlineData(null, 401, "sk-callers-own-0123456789")]
    [InlineData("ollama", 401, "ollama")]
    public async Task Refusal_WithAnotherKey_PassesAsItCame(string? key, int status, string shown)
    {
        await using Rig rig = await StartAsync(key, status, "gzip");

        using HttpResponseMessage answer = await rig.SendAsync(rig.Request(
            Rig.Batch, HttpMethod.Get, "/v1/models", null, "Accept-Encoding: gzip", "Authorization: Bearer sk-callers-own-0123456789")).Soon();

        Assert.Equal(["gzip"], answer.Content.Headers.ContentEncoding);
        using var plain = new GZipStream(await answer.Content.ReadAsStreamAsync(Rig.Cancel), CompressionMode.Decompress);
        Assert.Equal($$"""{"error":"no {{shown}}"}""", await new StreamReader(plain).ReadToEndAsync(Rig.Cancel));
    }

    [Fact]
    public async Task Refusal_CompressedWithoutTheKey_PassesByteForByte()
    {
        byte[] sent = Compress("{\"error\":\"no\"}", "gzip");
        await using Rig rig = await Rig.StartAsync(1, static options => options with { Instances = [options.Instances[0] with { ApiKey = Key }] });
        rig.Upstream.Respond(context => AnswerAsync(context, 401, "gzip", sent));

        using HttpResponseMessage answer = await rig.SendAsync(rig.Request(Rig.Batch, HttpMethod.Get, "/v1/models", null, "Accept-Encoding: gzip")).Soon();

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Equal(sent, await answer.Content.ReadAsByteArrayAsync(Rig.Cancel));
    }

    /// <summary>Nobody looks through all of it, so none of it is shown.</summary>
    [Theory]
    [InlineData("gzip", 100_000, true)]
    [InlineData("gzip", 3_000_000, false)]
    [InlineData("br", 20_000_000, false)]
    [InlineData("deflate", -200_000, false)]
    public async Task Refusal_CompressedAndLong_ShowsTheKeyNowhere(string encoding, int length, bool isShown)
    {
        // A negative length is of something that cannot be compressed.
        var random = new Random(3);
        string filling = length > 0 ? new string('x', length) : string.Concat(Enumerable.Range(0, -length).Select(_ => (char)random.Next('0', 'z')).Where(char.IsAsciiLetterOrDigit));
        byte[] sent = Compress($"{{\"error\":\"{filling} {Key}\"}}", encoding);
        await using Rig rig = await Rig.StartAsync(1, static options => options with { Instances = [options.Instances[0] with { ApiKey = Key }] });
        rig.Upstream.Respond(context => AnswerAsync(context, 401, encoding, sent));

        using HttpResponseMessage answer = await rig.SendAsync(rig.Request(Rig.Batch, HttpMethod.Get, "/v1/models", null, $"Accept-Encoding: {encoding}")).Soon();

        string text = await answer.TextAsync();
        Assert.DoesNotContain(Key, text, StringComparison.Ordinal);
        Assert.Equal((HttpStatusCode.Unauthorized, isShown), (answer.StatusCode, text.Length > filling.Length));
        Assert.NotNull(System.Text.Json.JsonElement.Parse(text).GetProperty("error").ToString());
    }

    private static async Task<Rig> StartAsync(string? key, int status, string? encoding)
    {
        Rig rig = await Rig.StartAsync(1, options => options with { Instances = [options.Instances[0] with { ApiKey = key }] });
        rig.Upstream.Respond(context =>
        {
            string told = context.Request.Headers.Authorization.ToString()["Bearer ".Length..];
            context.Response.Headers.WWWAuthenticate = $"Bearer realm=\"{told}\"";
            return AnswerAsync(context, status, encoding, Compress($$"""{"error":"no {{told}}"}""", encoding));
        });
        return rig;
    }

    private static async Task<bool> AnswerAsync(HttpContext context, int status, string? encoding, byte[] body)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = body.Length;
        if (encoding is not null)
        {
            context.Response.Headers.ContentEncoding = encoding;
        }

        UpstreamSimulator.SimulatorCallExtensions.EndCall(context);
        await context.Response.Body.WriteAsync(body);
        return true;
    }

    private static byte[] Compress(string text, string? encoding)
    {
        var packed = new MemoryStream();
        using (Stream stream = encoding switch
        {
            "gzip" => new GZipStream(packed, CompressionLevel.Fastest),
            "br" => new BrotliStream(packed, CompressionLevel.Fastest),
            "deflate" => new ZLibStream(packed, CompressionLevel.Fastest),
            _ => packed,
        })
        {
            stream.Write(Encoding.ASCII.GetBytes(text));
        }

        return packed.ToArray();
    }
}
