using Gateway.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Xunit;

namespace Gateway.Tests.Authentication;

[Trait("row", "A3")]
public class CredentialReaderTests
{
    [Theory]
    [InlineData("Bearer k1", null, "k1")]
    [InlineData("bearer k1", null, "k1")]
    [InlineData("BEARER k1", null, "k1")]
    [InlineData(null, "k1", "k1")]
    [InlineData("Bearer k1", "k1", "k1")]
    [InlineData("Bearer k1", "", "k1")]
    [InlineData("Bearer k=/+._-~1", null, "k=/+._-~1")]
    [InlineData(null, null, null)]
    [InlineData("", null, null)]
    [InlineData("", "k1", null)]
    [InlineData("Bearer", null, null)]
    [InlineData("Bearer ", null, null)]
    [InlineData("Bearer  k1", null, null)]
    [InlineData("Bearer\tk1", null, null)]
    [InlineData(" Bearer k1", null, null)]
    [InlineData("Bearer k1 ", null, null)]
    [InlineData("Bearer k1 k2", null, null)]
    [InlineData("Bearer k1,k2", null, null)]
    [InlineData("Bearer k1, Bearer k2", null, null)]
    [InlineData("n1 Bearer k1", null, null)]
    [InlineData("Basic azE6", null, null)]
    [InlineData("Basic azE6", "k1", null)]
    [InlineData("k1", null, null)]
    [InlineData("Bearer k1", "k2", null)]
    [InlineData("Bearer k1", "K1", null)]
    public void Read_Headers_HaveOneMeaningOrNone(string? authorization, string? apiKey, string? key)
    {
        var headers = new HeaderDictionary();
        if (authorization is not null)
        {
            headers["Authorization"] = authorization;
        }

        if (apiKey is not null)
        {
            headers["API-Key"] = apiKey;
        }

        Assert.Equal(key, CredentialReader.Read(headers));
    }

    [Theory]
    [InlineData("Authorization", "Bearer k1", "Bearer k1")]
    [InlineData("Authorization", "Bearer k1", "Bearer k2")]
    [InlineData("Authorization", "", "Bearer k1")]
    [InlineData("api-key", "k1", "k1")]
    [InlineData("api-key", "k1", "k2")]
    public void Read_HeaderTwice_IsNoKey(string name, string first, string second) =>
        Assert.Null(CredentialReader.Read(new HeaderDictionary { [name] = new StringValues([first, second]) }));
}
