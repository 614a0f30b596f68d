using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Gateway.Recording;
using Gateway.Requests;
using Gateway.Tests.Support;
using UpstreamSimulator;
using Xunit;

namespace Gateway.Tests.Fuzzing.Targets;

/// <summary>
/// Bytes on a connection to a real gateway, then a request that ends it: never a fault, never more upstream requests than answers, nothing
/// outside the API's paths, no header that nobody sent, and every line of the log one object.
/// </summary>
internal sealed partial class RequestHeadTarget : FuzzTarget
{
    /// <summary>Then a fresh gateway: what was recorded is looked through, and let go.</summary>
    private const int InputsPerGateway = 200;

    private const string Last = "GET /health HTTP/1.1\r\nHost: g\r\nConnection: close\r\n\r\n";
    private const string Post = "POST /v1/chat/completions HTTP/1.1\r\nHost: g\r\nContent-Type: application/json\r\nAuthorization: Bearer k\r\n";
    private const string Body = StageFixture.ChatBody;

    /// <summary>Bytes that wait for more would wait for a time limit of the server's.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(300);

    private static readonly string[] OwnHeaders = ["Host", "Content-Length", "Content-Type", "Transfer-Encoding"];

    private StageFixture? _fixture;
    private int _inputs;

    public override string Name => "request-head";

    public override int ShortInputs => 250;

    public override IReadOnlyList<byte[]> Seeds { get; } = Texts(
    [
        $"{Post}Content-Length: {Body.Length}\r\n\r\n{Body}", $"{Post}Transfer-Encoding: chunked\r\n\r\n{Body.Length:x}\r\n{Body}\r\n0\r\n\r\n",
        "GET /v1/models?limit=1&x=%2F HTTP/1.1\r\nHost: g\r\nCookie: a=b\r\nX-Forwarded-For: 1.2.3.4\r\nX-A: b\r\n\r\n", "GET http://evil.example/v1/models HTTP/1.1\r\nHost: evil.example\r\n\r\n",
        "GET /v1/%2e%2e/admin HTTP/1.1\r\nHost: g\r\n\r\n", "OPTIONS * HTTP/1.1\r\nHost: g\r\n\r\n", "DELETE /v1/files/a%2Fb HTTP/1.1\r\nHost: g\r\nConnection: X-A, close\r\nX-A: b\r\n\r\n", "GET /v1/models HTTP/1.0\r\n\r\n",
        "GET /v1/realtime?model=m HTTP/1.1\r\nHost: g\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        $"POST /v1/audio/transcriptions HTTP/1.1\r\nHost: g\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 70\r\n\r\n--b\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nwhisper-1\r\n--b--",
        "PUT /admin/instances/default/config HTTP/1.1\r\nHost: g\r\nContent-Length: 22\r\n\r\n{\"max_concurrency\": 4}", "GET /stats/usage?metric=tokens&window=60&granularity=5 HTTP/1.1\r\nHost: g\r\n\r\n",
    ]);

    public override IReadOnlyList<string> Words { get; } =
    [
        "\r\n", "\n", "\r", "\r\n\r\n", " ", "\t", ":", "\0", "Content-Length: 0\r\n", "Transfer-Encoding: chunked\r\n", "Transfer-Encoding: identity\r\n", "Expect: 100-continue\r\n", "Connection: close\r\n",
        "Connection: Authorization\r\n", "Upgrade: h2c\r\n", "X-A: \u001b[31m\r\n", "Host: h\r\n", "0\r\n\r\n", "5\r\nhello\r\n", ";a=b", "/../", "//", "%2e", "%00", "HTTP/1.1", "HTTP/1.0", "HTTP/2.0", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "GET /v1/smuggled HTTP/1.1\r\nHost: g\r\n\r\n", "CONNECT ", "TRACE ", "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n", "x-request-id: a b\r\n", "é", "Content-Type: multipart/form-data; boundary=\"\"\r\n",
        "Content-Encoding: gzip\r\n", "Cache-Control: no-cache\r\n", "window=-1", "&metric=x", "{\"weight\":1e99}",
    ];

    public override IReadOnlyList<string> Reaches => ["forwarded", "refused"];

    public override async ValueTask<string> TryAsync(byte[] input)
    {
        if (_inputs++ % InputsPerGateway == 0)
        {
            await StopAsync();
            _fixture = await StageFixture.StartAsync();
        }

        int before = _fixture!.Upstream.Requests.Count;
        (string answer, bool isClosed) = await TalkAsync(Encoding.Latin1.GetString(input));
        RecordedRequest[] forwarded = [.. _fixture.Upstream.Requests.Skip(before)];
        Assert.True(!isClosed || answer.Length == 0 || forwarded.Length <= StatusLine().Count(answer), $"{forwarded.Length} upstream requests for {answer}");
        string sent = Encoding.Latin1.GetString(input);
        foreach (RecordedRequest request in forwarded)
        {
            Assert.StartsWith("/v1", request.RawTarget, StringComparison.Ordinal);
            Assert.Equal(RequestPath.Verdict.Api, RequestPath.Parse(request.RawTarget, "", out _, out _));
            Assert.All(request.Headers, header => Assert.True(OwnHeaders.Contains(header.Key) || sent.Contains(header.Key, StringComparison.OrdinalIgnoreCase), $"{header.Key}: {header.Value}"));
        }

        AssertRecords();
        return forwarded.Length > 0 ? "forwarded" : isClosed ? "refused" : "unfinished";
    }

    protected override async ValueTask StopAsync()
    {
        if (_fixture is { } fixture)
        {
            _fixture = null;
            await fixture.DisposeAsync();
            AssertLog(fixture.Gateway.Log());
        }
    }

    /// <summary>One line, one object; none tells of a fault.</summary>
    private static void AssertLog(string log)
    {
        foreach (string line in log.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            JsonElement entry = JsonElement.Parse(line);
            Assert.False(entry.TryGetProperty("exception", out _), line);
        }
    }

    private void AssertRecords()
    {
        AccessRecord? fault = _fixture!.Gateway.Records.All.FirstOrDefault(static record => record.Outcome is Outcome.Fault or Outcome.SchedulerFault);
        Assert.True(fault is null, $"{fault?.Method} {fault?.Path}: {fault?.Outcome}");
    }

    private async Task<(string Answer, bool IsClosed)> TalkAsync(string bytes)
    {
        using RawConnection client = await _fixture!.OpenAsync();
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            await client.SendAsync(bytes + Last, StageFixture.Cancel);
            return (await client.ReadToEndAsync(patience.Token), true);
        }
        catch (SocketException)
        {
            // Closed with some of our bytes unread.
            return ("", true);
        }
        catch (OperationCanceledException)
        {
            client.Reset();
            return ("", false);
        }
    }

    [GeneratedRegex(@"HTTP/1\.1 \d+ ")]
    private static partial Regex StatusLine();
}
