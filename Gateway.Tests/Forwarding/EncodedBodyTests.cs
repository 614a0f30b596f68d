using System.IO.Compression;
using System.Text;
using Gateway.Forwarding;
using Xunit;

namespace Gateway.Tests.Forwarding;

[Trait("req", "M4")]
public class EncodedBodyTests
{
    private const string Text = """{"error":{"code":"insufficient_quota"}}""";

    [Theory]
    [InlineData(null)]
    [InlineData("gzip")]
    [InlineData("GZIP")]
    [InlineData("br")]
    [InlineData("deflate")]
    public void Decode_KnownEncoding_GivesThePlainText(string? encoding) => Assert.Equal(Text, Decode(encoding, Encode(encoding), 1000));

    [Theory]
    [InlineData("zstd")]
    [InlineData("gzip")]
    [InlineData("br")]
    public void Decode_NotWhatItSays_IsEmpty(string encoding) => Assert.Equal("", Decode(encoding, "nothing of the kind"u8.ToArray(), 1000));

    [Fact]
    [Trait("row", "U11")]
    public void Decode_Bomb_StopsAtTheLimit()
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Optimal))
        {
            gzip.Write(new byte[10_000_000]);
        }

        Assert.Equal(4096, Decode("gzip", packed.ToArray(), 4096).Length);
    }

    private static byte[] Encode(string? encoding)
    {
        using var packed = new MemoryStream();
        using (Stream encoder = encoding?.ToUpperInvariant() switch
        {
            "GZIP" => new GZipStream(packed, CompressionLevel.Optimal),
            "BR" => new BrotliStream(packed, CompressionLevel.Optimal),
            "DEFLATE" => new ZLibStream(packed, CompressionLevel.Optimal),
            _ => packed,
        })
        {
            encoder.Write(Encoding.UTF8.GetBytes(Text));
        }

        return packed.ToArray();
    }

    private static string Decode(string? encoding, byte[] body, int limit)
    {
        using var content = new ByteArrayContent([]);
        if (encoding is not null)
        {
            content.Headers.TryAddWithoutValidation("Content-Encoding", encoding);
        }

        return Encoding.UTF8.GetString(EncodedBody.Decode(content.Headers.NonValidated, body, limit).Span);
    }
}
