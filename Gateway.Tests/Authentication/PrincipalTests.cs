using Gateway.Authentication;
using Gateway.Configuration;
using Gateway.Tests.Dispatching.Model;
using Gateway.Tests.Support;
using Gateway.Tests.Tidy;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Xunit;

namespace Gateway.Tests.Authentication;

/// <summary>However a key is written, it is one caller, with one bucket, or it is nobody.</summary>
[Trait("row", "A3")]
public class PrincipalTests
{
    private const int Rounds = 200_000;

    private static readonly string[] Keys = ["k1", "k2", "K1", "sha256:k"];
    private static readonly string[] Schemes = ["Bearer ", "bearer ", "BEARER ", "BeArEr "];
    private static readonly string[] Wrong = ["", "Bearer", "Bearer ", "Bearer  k1", " Bearer k1", "Bearer k1 ", "n1 Bearer k1", "Basic azE6", "k1", "Bearer k1,k2", "Bearer\tk1", "Token k1"];

    [Fact]
    public void Find_AnyMixtureOfHeaders_IsTheOneKeyTheyAgreeOnOrNobody()
    {
        var table = new KeyTable(GatewayHost.ThreeTiers(new Uri("http://127.0.0.1:1/"), slots: 1) with
        {
            ClientKeys = [.. Keys[..3].Select(static (key, i) => new ClientKeyOptions { Name = $"n{i}", Key = key })],
        });
        var principals = Keys[..3].ToDictionary(static key => key, static key => KeyDigest.Of(key).ToPrincipal());
        var dice = new Dice(7);
        int known = 0;
        for (int i = 0; i < Rounds; i++)
        {
            (HeaderDictionary headers, string? meant) = Mixture(dice);

            UInt128? expected = meant is not null && principals.TryGetValue(meant, out UInt128 principal) ? principal : null;
            UInt128? found = table.Find(headers)?.Principal;
            Assert.True(expected == found, string.Join("; ", headers.Select(static header => $"{header.Key}: {string.Join('|', header.Value.ToArray())}")));
            known += found is null ? 0 : 1;
        }

        Assert.InRange(known, Rounds / 10, Rounds * 9 / 10);
    }

    /// <summary>One parser is one only as long as nobody in front of the limits or in them looks at the headers again.</summary>
    [Theory]
    [InlineData("Gateway/Authentication/", 3)] // And one list of their names.
    [InlineData("Gateway/RateLimiting/", 0)]
    [InlineData("Gateway/Requests/", 0)]
    [InlineData("Gateway/Recording/", 0)]
    public void Source_CallersKey_IsReadInOnePlace(string folder, int readers) => Assert.Equal(readers, SourceTree.CSharp.Count(file =>
        file.Path.StartsWith(folder, StringComparison.Ordinal)
        && (file.Text.Replace("eaders.Authorization = ", "", StringComparison.Ordinal).Contains("eaders.Authorization", StringComparison.Ordinal) || file.Text.Contains("\"api-key\"", StringComparison.Ordinal) || file.Text.Contains("\"Authorization\"", StringComparison.Ordinal))));

    /// <summary>Headers, and the key that a careful reader would take from them; null where that is nobody's to say.</summary>
    private static (HeaderDictionary Headers, string? Key) Mixture(Dice dice)
    {
        var headers = new HeaderDictionary();
        string? bearer = null;
        bool isBroken = false;
        switch (dice.Next(6))
        {
            case 0:
                break;
            case 1:
                headers["Authorization"] = dice.Pick(Wrong.AsSpan());
                isBroken = true;
                break;
            case 2:
                headers["Authorization"] = new StringValues([Schemes[0] + Keys[0], dice.Pick("Bearer k1", "Bearer k2", "")]);
                isBroken = true;
                break;
            default:
                bearer = dice.Pick(Keys.AsSpan());
                headers["Authorization"] = dice.Pick(Schemes.AsSpan()) + bearer;
                break;
        }

        string? apiKey = null;
        switch (dice.Next(5))
        {
            case 0:
                headers["api-key"] = "";
                break;
            case 1:
                headers["API-KEY"] = new StringValues([Keys[0], Keys[0]]);
                isBroken = true;
                break;
            case 2:
                apiKey = bearer is not null && dice.Chance(70) ? bearer : dice.Pick(Keys.AsSpan());
                headers["Api-Key"] = apiKey;
                break;
        }

        return (headers, isBroken || (bearer is not null && apiKey is not null && bearer != apiKey) ? null : bearer ?? apiKey);
    }
}
