using System.Net.Sockets;
using System.Text.RegularExpressions;
using Gateway.Tests.Support;
using Xunit;

namespace Gateway.Tests.Listeners;

/// <summary>Bytes that two servers might cut into different requests: refused, or cut one way only.</summary>
[Trait("row", "H1")]
public partial class SmugglingTests
{
    private const string Post = "POST /v1/chat/completions HTTP/1.1\r\nHost: g\r\nContent-Type: application/json\r\n";
    private const string Body = StageFixture.ChatBody;
    private const string Hidden = "GET /v1/smuggled HTTP/1.1\r\nHost: g\r\n\r\n";
    private const string Chunk = "1b\r\n" + Body + "\r\n";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<string, string> Ambiguous => new()
    {
        { "CL and TE", Post + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + Hidden },
        { "TE and CL", Post + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n" + Chunk + "0\r\n\r\n" + Hidden },
        { "two CL", Post + "Content-Length: 0\r\nContent-Length: 44\r\n\r\n" + Hidden },
        { "two same CL", Post + "Content-Length: 27\r\nContent-Length: 27\r\n\r\n" + Body + Hidden },
        { "CL list", Post + "Content-Length: 0, 44\r\n\r\n" + Hidden },
        { "CL minus", Post + "Content-Length: -1\r\n\r\n" + Hidden },
        { "CL hex", Post + "Content-Length: 0x0\r\n\r\n" + Hidden },
        { "CL empty", Post + "Content-Length: \r\n\r\n" + Hidden },
        { "CL overflow", Post + "Content-Length: 18446744073709551616\r\n\r\n" + Hidden },
        { "CL space before colon", Post + "Content-Length : 27\r\n\r\n" + Body + Hidden },
        { "TE space before colon", Post + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + Hidden },
        { "TE unknown", Post + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + Hidden },
        { "TE identity", Post + "Transfer-Encoding: identity\r\n\r\n" + Hidden },
        { "TE not last", Post + "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n" + Hidden },
        { "TE gzip", Post + "Transfer-Encoding: gzip\r\n\r\n" + Hidden },
        { "TE vertical tab", Post + "Transfer-Encoding: \vchunked\r\n\r\n0\r\n\r\n" + Hidden },
        { "TE folded", Post + "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n" + Hidden },
        { "folded header", Post + "X-A: b\r\n c\r\nContent-Length: 27\r\n\r\n" + Body + Hidden },
        { "bare LF in head", "POST /v1/chat/completions HTTP/1.1\nHost: g\nContent-Length: 0\n\n" + Hidden },
        { "bare LF after header", Post + "X-A: b\nContent-Length: 27\r\n\r\n" + Body + Hidden },
        { "bare CR in header", Post + "X-A: b\rContent-Length: 27\r\n\r\n" + Body + Hidden },
        { "NUL in header", Post + "X-A: b\0\r\nContent-Length: 27\r\n\r\n" + Body + Hidden },
        { "no colon", Post + "X-A\r\nContent-Length: 27\r\n\r\n" + Body + Hidden },
        { "empty name", Post + ": b\r\nContent-Length: 27\r\n\r\n" + Body + Hidden },
        { "no host", "POST /v1/chat/completions HTTP/1.1\r\nContent-Length: 0\r\n\r\n" + Hidden },
        { "two hosts", Post + "Host: h\r\nContent-Length: 27\r\n\r\n" + Body + Hidden },
        { "chunk extension LF", Post + "Transfer-Encoding: chunked\r\n\r\n1b;a\nb\r\n" + Body + "\r\n0\r\n\r\n" + Hidden },
        { "chunk extension CR", Post + "Transfer-Encoding: chunked\r\n\r\n1b;a\rb\r\n" + Body + "\r\n0\r\n\r\n" + Hidden },
        { "chunk size LF", Post + "Transfer-Encoding: chunked\r\n\r\n1b\n" + Body + "\r\n0\r\n\r\n" + Hidden },
        { "chunk size sign", Post + "Transfer-Encoding: chunked\r\n\r\n+1b\r\n" + Body + "\r\n0\r\n\r\n" + Hidden },
        { "chunk size hex prefix", Post + "Transfer-Encoding: chunked\r\n\r\n0x1b\r\n" + Body + "\r\n0\r\n\r\n" + Hidden },
        { "chunk size overflow", Post + "Transfer-Encoding: chunked\r\n\r\n10000000000000001b\r\n" + Body + "\r\n0\r\n\r\n" + Hidden },
        { "chunk too long", Post + "Transfer-Encoding: chunked\r\n\r\n5\r\n" + Body + "\r\n0\r\n\r\n" + Hidden },
        { "chunk end LF", Post + "Transfer-Encoding: chunked\r\n\r\n1b\r\n" + Body + "\n0\r\n\r\n" + Hidden },
        { "HTTP/1.0 chunked", Post.Replace("1.1", "1.0", StringComparison.Ordinal) + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + Hidden },
        { "version", Post.Replace("1.1", "1.2", StringComparison.Ordinal) + "Content-Length: 27\r\n\r\n" + Body + Hidden },
    };

    [Theory]
    [MemberData(nameof(Ambiguous))]
    public async Task Request_CutTwoWays_IsNeverTwoUpstreamRequests(string name, string bytes)
    {
        await using StageFixture fixture = await StageFixture.StartAsync();

        string answer = await TalkAsync(fixture, bytes);

        Assert.True(Status().Count(answer) <= 1, $"{name}: {answer}");
        Assert.True(answer.Length == 0 || answer.Contains("\r\nConnection: close\r\n", StringComparison.OrdinalIgnoreCase), $"{name}: {answer}");
        Assert.DoesNotContain(fixture.Upstream.Requests, static request => request.RawTarget.Contains("smuggled", StringComparison.Ordinal));
        Assert.True(fixture.Upstream.Requests.Count <= 1, name);

        // What did go upstream is framed by its length alone.
        Assert.All(fixture.Upstream.Requests, static request => Assert.Equal(
            (1, 0, 0), (request.Header("Content-Length").Count, request.Header("Transfer-Encoding").Count, request.Header("X-Content-Length").Count)));
    }

    /// <summary>Whoever answers: what follows on the connection is no request.</summary>
    [Theory]
    [InlineData("POST /v1/chat/completions")]
    [InlineData("OPTIONS /v1/chat/completions")]
    [InlineData("POST /nowhere")]
    [InlineData("GET /health")]
    [InlineData("TRACE /v1/models")]
    [InlineData("POST /v1/../x")]
    public async Task Request_TwoFramings_EndsTheConnectionWhoeverItIsFor(string line)
    {
        await using StageFixture fixture = await StageFixture.StartAsync(static options => options with { ClientApiKeys = ["k"] });

        string answer = await TalkAsync(fixture, $"{line} HTTP/1.1\r\nHost: g\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{Hidden}");

        Assert.Equal(1, Status().Count(answer));
        Assert.StartsWith("HTTP/1.1 400 ", answer, StringComparison.Ordinal);
        Assert.Contains("\r\nConnection: close\r\n", answer, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>The server undoes the chunks and forgets the rest: the upstream would get compressed bytes as if they were the body.</summary>
    [Theory]
    [InlineData("gzip, chunked")]
    [InlineData("chunked, chunked")]
    [InlineData("identity,chunked")]
    [InlineData("gzip\r\nTransfer-Encoding: chunked")]
    public async Task Request_TransferCodingBesideTheChunks_IsRefusedAndEndsTheConnection(string codings)
    {
        await using StageFixture fixture = await StageFixture.StartAsync();

        string answer = await TalkAsync(fixture, $"{Post}Transfer-Encoding: {codings}\r\n\r\n{Chunk}0\r\n\r\n{Hidden}");

        Assert.Equal(1, Status().Count(answer));
        Assert.StartsWith("HTTP/1.1 400 ", answer, StringComparison.Ordinal);
        Assert.Contains("\r\nConnection: close\r\n", answer, StringComparison.OrdinalIgnoreCase);
        Assert.Empty(fixture.Upstream.Requests);
    }

    [Theory]
    [InlineData(Post + "Content-Length: 27\r\n\r\n" + Body + Hidden)]
    [InlineData(Post + "Transfer-Encoding: chunked\r\n\r\n" + Chunk + "0\r\n\r\n" + Hidden)]
    [InlineData(Post + "Transfer-Encoding: Chunked \r\n\r\n" + Chunk + "0\r\n\r\n" + Hidden)]
    public async Task Request_WellFormedPair_IsTwoUpstreamRequests(string bytes)
    {
        // The negative control: a second request that is one is seen.
        await using StageFixture fixture = await StageFixture.StartAsync();
        using RawConnection client = await fixture.OpenAsync();

        await client.SendAsync(bytes, Cancel);
        await fixture.Gateway.Records.WaitForAsync(2);

        Assert.Equal(["/v1/chat/completions", "/v1/smuggled"], fixture.Upstream.Requests.Select(static request => request.RawTarget));
    }

    [Theory]
    [InlineData("+27")]
    [InlineData("000000000000000000000000000000027")]
    [InlineData("99999999999999999999999999999999")]
    [InlineData("-0")]
    [InlineData("\u0099")]
    public async Task Request_LengthThatIsNone_IsRefusedInOrder(string length)
    {
        // Left to itself the server takes a sign, and throws at what is too long for its buffer.
        await using StageFixture fixture = await StageFixture.StartAsync();

        string answer = await TalkAsync(fixture, Post + $"Content-Length: {length}\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 400 ", answer, StringComparison.Ordinal);
        Assert.Contains("\r\nConnection: close\r\n", answer, StringComparison.OrdinalIgnoreCase);
        Assert.Empty(fixture.Upstream.Requests);
        await fixture.Gateway.DisposeAsync();
        Assert.DoesNotContain("exception", fixture.Gateway.Log(), StringComparison.OrdinalIgnoreCase);
    }

    private static async Task<string> TalkAsync(StageFixture fixture, string bytes)
    {
        using RawConnection client = await fixture.OpenAsync();
        await client.SendAsync(bytes, Cancel);
        try
        {
            return await client.ReadToEndAsync(Cancel).WaitAsync(StageFixture.Guard, Cancel);
        }
        catch (SocketException)
        {
            // Closed with some of our bytes unread.
            return "";
        }
    }

    [GeneratedRegex(@"^HTTP/1\.1 \d+ ", RegexOptions.Multiline)]
    private static partial Regex Status();
}
