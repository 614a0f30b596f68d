using Gateway.Requests;
using Xunit;

namespace Gateway.Tests.Requests;

[Trait("row", "H8")]
public class RequestPathTests
{
    private static readonly string[] Pieces =
    [
        "/", "/", "/", ".", "..", "%2e", "%2E", "%252e", "%25252e", "%2f", "%2F", "%252f", "\\", "%5c", "%255C", "%25", "25", "2e", "v1", "admin", "a", ";", "x=1", "%00", "%0d", "%",
        "?", "#", "~", "%c3%a9",
    ];

    [Theory]
    [InlineData("/v1", "", "")]
    [InlineData("/v1/", "/", "")]
    [InlineData("/v1?a=b", "", "?a=b")]
    [InlineData("/v1/chat/completions", "/chat/completions", "")]
    [InlineData("/v1/models?limit=1&limit=2&&x", "/models", "?limit=1&limit=2&&x")]
    [InlineData("/v1/models?next=/../..", "/models", "?next=/../..")]
    [InlineData("/v1/v1/models", "/models", "")]
    [InlineData("/v1/v1/v1/models", "/models", "")]
    [InlineData("/v1/v1", "", "")]
    [InlineData("/v1/v11", "/v11", "")]
    [InlineData("/v1/files/a%2Fb%3Ac%20d", "/files/a%2Fb%3Ac%20d", "")]
    [InlineData("/v1//models", "//models", "")]
    [InlineData("/v1/a..b/.c/d./...", "/a..b/.c/d./...", "")]
    [InlineData("/v1/a%2e%2eb", "/a%2e%2eb", "")]
    [InlineData("/v1/%25", "/%25", "")]
    [InlineData("/v1/http://evil/", "/http://evil/", "")]
    [InlineData("http://gateway:8080/v1/models?a=/b", "/models", "?a=/b")]
    [InlineData("HTTPS://gateway/v1/v1/files/a%2Fb", "/files/a%2Fb", "")]
    [InlineData("http://evil/v1/http://evil/", "/http://evil/", "")]
    public void Parse_PathBelowTheRoot_KeepsItsBytes(string target, string path, string query)
    {
        RequestPath.Verdict verdict = RequestPath.Parse(target, "/v1", out string actualPath, out string actualQuery);

        Assert.Equal((RequestPath.Verdict.Api, path, query), (verdict, actualPath, actualQuery));
    }

    [Theory]
    [InlineData("/")]
    [InlineData("//v1/models")]
    [InlineData("/v1x/models")]
    [InlineData("/v")]
    [InlineData("/V1/models")]
    [InlineData("/v1%2Fmodels")]
    [InlineData("/v1%2f..%2fadmin")]
    [InlineData("/v1;x/models")]
    [InlineData("/%761/models")]
    [InlineData("/x/../v1/models")]
    [InlineData("/./v1/models")]
    [InlineData("\\v1\\models")]
    [InlineData("/admin/v1/models")]
    [InlineData("/health")]
    [InlineData("http://gateway")]
    [InlineData("http://gateway/health")]
    [InlineData("http://gateway?/v1/models")]
    [InlineData("http://gateway//v1/models")]
    public void Parse_PathElsewhere_IsNotForwarded(string target)
    {
        RequestPath.Verdict verdict = RequestPath.Parse(target, "/v1", out string path, out _);

        Assert.NotEqual(RequestPath.Verdict.Api, verdict);
        Assert.Equal("", path);
    }

    [Theory]
    [InlineData("")]
    [InlineData("*")]
    [InlineData("v1/models")]
    [InlineData("http:///v1/../admin")]
    [InlineData("http://evil/v1/../admin")]
    [InlineData("http://evil/v1/%2e%2e/admin")]
    [InlineData("ftp://evil/v1/models")]
    [InlineData("http:/v1/models")]
    [InlineData("evil:443")]
    [InlineData("?/v1/")]
    [InlineData("/v1/..")]
    [InlineData("/v1/../admin")]
    [InlineData("/v1/.")]
    [InlineData("/v1/a/../../b")]
    [InlineData("/v1/a/..")]
    [InlineData("/v1/%2e%2e/admin")]
    [InlineData("/v1/%2E./admin")]
    [InlineData("/v1/..%2fadmin")]
    [InlineData("/v1/a%2f..%2f..%2fadmin")]
    [InlineData("/v1/..\\admin")]
    [InlineData("/v1/a\\..\\..\\admin")]
    [InlineData("/v1/..%5cadmin")]
    [InlineData("/v1/%252e%252e/admin")]
    [InlineData("/v1/%25252e%25252e/admin")]
    [InlineData("/v1/%2525252525252e%2525252525252e/admin")]
    [InlineData("/v1/%25%32%65%25%32%65/admin")]
    [InlineData("/v1/..;/admin")]
    [InlineData("/v1/..;x=y/admin")]
    [InlineData("/v1/%2e%2e%3b/admin")]
    [InlineData("/v1/a%00")]
    [InlineData("/v1/a%0d%0aX: y")]
    [InlineData("/v1/a%250a")]
    [InlineData("/v1/v1/../admin")]
    public void Parse_PathThatLeavesTheRoot_IsRefused(string target) =>
        Assert.Equal(RequestPath.Verdict.Refused, RequestPath.Parse(target, "/v1", out _, out _));

    [Theory]
    [InlineData("/api/v1/models", "/api/v1", "/models")]
    [InlineData("/v1/models", "/api/v1", "/models")]
    [InlineData("/api/v1/v1/models", "/api/v1", "/models")]
    [InlineData("/openai/models", "/openai", "/models")]
    [InlineData("/openai/v1/models", "/openai", "/models")]
    [InlineData("/api/v1/models", "/api/v1/", "/models")]
    public void Parse_Prefix_IsServedNextToTheRoot(string target, string prefix, string path)
    {
        Assert.Equal(RequestPath.Verdict.Api, RequestPath.Parse(target, prefix, out string actual, out _));
        Assert.Equal(path, actual);
    }

    [Theory]
    [InlineData("/api/v1x/models")]
    [InlineData("/api/models")]
    [InlineData("/API/v1/models")]
    [InlineData("/api/v2/models")]
    public void Parse_OtherPrefix_IsElsewhere(string target) =>
        Assert.Equal(RequestPath.Verdict.Elsewhere, RequestPath.Parse(target, "/api/v1", out _, out _));

    [Fact]
    public void Parse_VeryLongEncoding_IsAnsweredAtOnce()
    {
        // One more layer of encoding in every two bytes: decoding to the end would be quadratic.
        string target = $"/v1/%{string.Concat(Enumerable.Repeat("25", 4000))}2e";

        Assert.Equal(RequestPath.Verdict.Refused, RequestPath.Parse(target, "/v1", out _, out _));
    }

    [Theory]
    [InlineData(20260103)]
    public void Parse_AnyTarget_NeverLeavesTheRoot(int seed)
    {
        var random = new Random(seed);
        int accepted = 0;
        for (int i = 0; i < 20_000; i++)
        {
            string target = "/v1/" + string.Concat(Enumerable.Range(0, random.Next(12)).Select(_ => Pieces[random.Next(Pieces.Length)]));
            if (RequestPath.Parse(target, "/v1", out string path, out string query) == RequestPath.Verdict.Api)
            {
                accepted++;
                Assert.True(target.EndsWith(path + query, StringComparison.Ordinal) && StaysBelow(path), $"seed {seed}: {target}");
            }
        }

        Assert.InRange(accepted, 1000, 19_000);
    }

    /// <summary>However often it is decoded, whatever counts as a slash, no step goes above where it began.</summary>
    private static bool StaysBelow(string path)
    {
        for (string before = ""; before != path; path = Uri.UnescapeDataString(path))
        {
            before = path;
            int depth = 0;
            foreach (string segment in path.Split('/', '\\').Select(static segment => segment.Split(';')[0]))
            {
                depth += segment switch { "" or "." => 0, ".." => -1, _ => 1 };
                if (depth < 0)
                {
                    return false;
                }
            }

            if (path.Any(char.IsControl))
            {
                return false;
            }
        }

        return true;
    }
}
