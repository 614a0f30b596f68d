using Gateway.Forwarding;
using Microsoft.Extensions.Primitives;
using Xunit;

namespace Gateway.Tests.Forwarding;

[Trait("row", "A4")]
public class EncodedBodyTests
{
    /// <summary>Of everything else our key could come back unseen.</summary>
    [Theory]
    [InlineData("gzip", "gzip")]
    [InlineData("GZIP;q=0.5, br , deflate,identity", "GZIP;q=0.5, br, deflate, identity")]
    [InlineData("zstd, gzip", "gzip")]
    [InlineData("zstd", "")]
    [InlineData("*", "")]
    [InlineData("gzip, *;q=0.1", "gzip")]
    [InlineData("", "")]
    public void Readable_Accepted_IsWhatCanBeMasked(string accepted, string readable) => Assert.Equal(readable, EncodedBody.Readable(accepted));

    [Fact]
    public void Readable_SeveralLines_AreOne() => Assert.Equal("gzip, br", EncodedBody.Readable(new StringValues(["gzip", null, "zstd,br"])));
}
