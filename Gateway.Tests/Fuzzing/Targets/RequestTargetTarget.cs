using System.Text;
using Gateway.Configuration;
using Gateway.Requests;
using Gateway.Upstreams;
using Gateway.Upstreams.Azure;
using Gateway.Upstreams.OpenAI;
using Xunit;

namespace Gateway.Tests.Fuzzing.Targets;

/// <summary>
/// The path and query of a request, and, behind a line feed, its model: whatever is forwarded stays below the upstream's base path under every
/// decoding, names the configured host, and keeps its bytes.
/// </summary>
internal sealed class RequestTargetTarget : FuzzTarget
{
    private const string Host = "http://up.example:8080";

    private static readonly (string Base, IDialect Dialect)[] Dialects =
    [
        ("/base/v1", new OpenAiDialect(new InstanceOptions { Name = "o", ApiBase = new Uri(Host + "/base/v1") })),
        ("/base", new OpenAiDialect(new InstanceOptions { Name = "c", ProviderType = ProviderType.Compatible, ApiBase = new Uri(Host + "/base") })),
        ("/openai", new AzureDialect(new InstanceOptions { Name = "a", ProviderType = ProviderType.Azure, ApiBase = new Uri(Host + "/") })),
        ("/openai/v1", new AzureDialect(new InstanceOptions { Name = "b", ProviderType = ProviderType.Azure, ApiBase = new Uri(Host + "/"), ApiVersion = "v1" })),
    ];

    public override string Name => "request-target";

    public override int ShortInputs => 6000;

    public override IReadOnlyList<byte[]> Seeds { get; } = Texts(
    [
        "/v1/chat/completions\ngpt-4", "/v1/models?limit=2&after=x%2Fy", "/api/v1/chat/completions?api-version=2020\n..", "/v1/v1/files/file%2Fid/content?a=&a=&b", "/v1",
        "/v1/../admin", "/v1/%2e%2e/admin", "/v1/a/..;x/b", "/v1/%252e%252e%255cadmin", "/v1//x", "http://evil/v1/x", "*", "/v1/realtime?model=a&deployment=b\n../x",
        "/v1/realtime?mod%65l=a+b", "/v1/audio/speech?api%2Dversion=1&x=%zz\na/../../b", "/v1/embeddings?api-key=k&API-KEY=l\n\u00e9\ud83d\ude42", "/health", "/v10/x", "/v1\\..\\x",
    ]);

    public override IReadOnlyList<string> Words { get; } =
    [
        "/", "//", "..", ".", "%2e", "%2F", "%5c", "%25", "%252e", "\\", ";", "?", "&", "=", "+", "#", "@", "/v1", "/api/v1", "/openai", "%00", "%0a", "%0d%0a", "%c0%ae", "\n",
        "api-version=", "api-key=x", "model=", "deployment=", "http://", ":", "[", "]", "%", "%u002e", "/deployments/", "..;",
    ];

    public override IReadOnlyList<string> Reaches => ["refused", "elsewhere", "forwarded"];

    public override ValueTask<string> TryAsync(byte[] input)
    {
        string[] lines = Encoding.UTF8.GetString(input).Split('\n', 2);

        // What the server lets through: visible ASCII.
        string target = new([.. lines[0].Where(static part => part is > ' ' and < '\x7f')]);
        string? model = lines.Length > 1 && lines[1].Length <= 256 ? lines[1] : null;
        RequestPath.Verdict verdict = RequestPath.Parse(target, "/api/v1", out string path, out string query);
        if (verdict != RequestPath.Verdict.Api)
        {
            Assert.Equal(("", ""), (path, query));
            return new(verdict == RequestPath.Verdict.Refused ? "refused" : "elsewhere");
        }

        Assert.EndsWith(path + query, target, StringComparison.Ordinal);
        AssertStaysBelow(path);
        foreach ((string root, IDialect dialect) in Dialects)
        {
            AssertReaches(root, dialect.UriOf(path, query, model), path, query);
        }

        AssertQuery(query);
        return new("forwarded");
    }

    private static void AssertReaches(string root, Uri url, string path, string query)
    {
        Assert.Equal(Host, url.GetLeftPart(UriPartial.Authority));
        string sent = url.PathAndQuery;
        Assert.StartsWith(root, sent, StringComparison.Ordinal);
        int mark = sent.IndexOf('?', StringComparison.Ordinal);
        string sentPath = mark < 0 ? sent : sent[..mark];
        Assert.EndsWith(path, sentPath, StringComparison.Ordinal);
        AssertStaysBelow(sentPath);
        Assert.True(!root.StartsWith("/base", StringComparison.Ordinal) || sent == root + path + query, $"sent as {sent}");
    }

    /// <summary>Decoded as often as anybody might, a slash for a backslash: no dot segment, no control character.</summary>
    private static void AssertStaysBelow(string path)
    {
        string read = path;
        for (int pass = 0; pass < 10; pass++)
        {
            foreach (string segment in read.Split('/', '\\'))
            {
                Assert.True(segment.Split(';')[0] is not ("." or ".."), $"{path} is {read}");
            }

            Assert.DoesNotContain(read, static part => part < ' ');
            read = Decode(read);
        }
    }

    /// <summary>Byte for byte, as a simple server does it.</summary>
    private static string Decode(string text)
    {
        var decoded = new StringBuilder();
        for (int at = 0; at < text.Length; at++)
        {
            bool isEscape = text[at] == '%' && at + 2 < text.Length && char.IsAsciiHexDigit(text[at + 1]) && char.IsAsciiHexDigit(text[at + 2]);
            decoded.Append(isEscape ? (char)Convert.FromHexString(text.AsSpan(at + 1, 2))[0] : text[at]);
            at += isEscape ? 2 : 0;
        }

        return decoded.ToString();
    }

    private static void AssertQuery(string query)
    {
        string without = QueryParameters.Without(query, "api-key");
        Assert.DoesNotContain(QueryParameters.Of(without), static parameter => parameter.Name.Equals("api-key", StringComparison.OrdinalIgnoreCase));
        Assert.DoesNotContain(
            QueryParameters.Of(AzureQuery.WithoutVersion(query)), static parameter => parameter.Name.Equals("api-version", StringComparison.OrdinalIgnoreCase));
        _ = WebSocketUpgrade.TryRead(query, out RequestFacts facts);
        Assert.True(facts.Model is null || facts.Model.Length > 0);
    }
}
