using System.IO.Compression;
using System.Text;
using Gateway.Configuration;
using Gateway.Recording;
using Gateway.Tests.Support;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>
/// What answers cost that the upstream compressed, because the caller (as the official libraries do) takes such, or although nobody asked. They pass
/// as they came.
/// </summary>
[Trait("row", "R2")]
[Trait("req", "P11")]
public class EncodedUsageTests
{
    private const string Usage = ""","usage":{"prompt_tokens":7,"completion_tokens":9000}}""";

    [Theory]
    [InlineData("gzip", 100, false)]
    [InlineData("gzip", 100, true)]
    [InlineData("br", 100, false)]
    [InlineData("deflate", 100, false)]
    [InlineData("gzip", 400_000, false)]
    [InlineData("gzip", 400_000, true)]
    public async Task Told_AtTheEnd_IsReadHoweverLongItIs(string encoding, int text, bool isLimited)
    {
        byte[] sent = Compress($$$"""{"choices":[{"message":{"content":"{{{new string('x', text)}}}"}}]{{{Usage}}}""", encoding);

        AccessRecord record = await RecordOfAsync(sent, encoding, isLimited);

        Assert.Equal((7L, 9000L, false), (record.InputTokens, record.OutputTokens, record.IsUsageCounted));
    }

    /// <summary>Of what cannot be kept whole, the size tells more than nothing.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task TooLongToKeep_OrNotReadable_IsCountedByItsSize(bool isReadable)
    {
        // No two alike: it is as long when it is compressed.
        byte[] noise = new byte[300_000];
        new Random(1).NextBytes(noise);
        byte[] sent = isReadable ? Compress($$$"""{"choices":[{"message":{"content":"{{{Convert.ToHexString(noise)}}}"}}]{{{Usage}}}""", "gzip") : noise[..10_000];

        AccessRecord record = await RecordOfAsync(sent, "gzip", isLimited: true);

        Assert.Equal((sent.Length / 4, true), (record.OutputTokens, record.IsUsageCounted));
    }

    [Theory]
    [InlineData("/v1/chat/completions", true, false)]
    [InlineData("/v1/completions", true, false)]
    [InlineData("/v1/responses", true, false)]
    [InlineData("/v1/embeddings", true, true)]
    [InlineData("/v1/chat/completions", false, true)]
    public async Task Asked_WhereSomebodySettlesByTheAnswer_ComesPlain(string path, bool isLimited, bool passes)
    {
        await using Rig rig = await Rig.StartAsync(1, options => isLimited ? Limited(options) : options);

        using HttpResponseMessage answer = await rig.SendAsync(rig.Request(
            Rig.Urgent, HttpMethod.Post, path, Rig.Json("""{"model":"m","input":"a","prompt":"a","messages":[]}"""), "Accept-Encoding: gzip")).Soon();

        Assert.Equal(passes ? ["gzip"] : [], Assert.Single(rig.Upstream.Requests).Header("Accept-Encoding"));
    }

    /// <summary>An event that came in two halves may have told the one and not the other.</summary>
    [Fact]
    public async Task Told_OnlyOfThePrompt_TheTextCounts()
    {
        byte[] sent = Encoding.UTF8.GetBytes("""{"choices":[{"message":{"content":"the sun set far off"}}],"usage":{"prompt_tokens":7}}""");

        AccessRecord record = await RecordOfAsync(sent, encoding: null, isLimited: true);

        Assert.Equal((7L, 5L, true), (record.InputTokens, record.OutputTokens, record.IsUsageCounted));
    }

    private static GatewayOptions Limited(GatewayOptions options) =>
        options with { RateLimit = new RateLimitOptions { RequestsPerMinute = null, TokensPerMinute = 1_000_000 } };

    private static async Task<AccessRecord> RecordOfAsync(byte[] sent, string? encoding, bool isLimited)
    {
        await using Rig rig = await Rig.StartAsync(1, options => isLimited ? Limited(options) : options);
        rig.Upstream.Respond(async context =>
        {
            context.Response.ContentType = "application/json";
            context.Response.Headers.ContentEncoding = encoding;
            await context.Response.Body.WriteAsync(sent);
            return true;
        });

        using HttpResponseMessage answer = await rig.SendAsync(rig.Request(
            Rig.Urgent, HttpMethod.Post, "/v1/chat/completions", Rig.Json(Rig.ChatBody(Rig.Urgent)), $"Accept-Encoding: {encoding ?? "identity"}")).Soon();

        Assert.Equal(sent, await answer.BytesAsync());
        return Assert.Single(await rig.AssertQuietAsync(1, 1));
    }

    private static byte[] Compress(string text, string encoding)
    {
        using var zipped = new MemoryStream();
        using (Stream zip = encoding switch
        {
            "gzip" => new GZipStream(zipped, CompressionLevel.Optimal, leaveOpen: true),
            "br" => new BrotliStream(zipped, CompressionLevel.Optimal, leaveOpen: true),
            _ => new ZLibStream(zipped, CompressionLevel.Optimal, leaveOpen: true),
        })
        {
            zip.Write(Encoding.UTF8.GetBytes(text));
        }

        return zipped.ToArray();
    }
}
