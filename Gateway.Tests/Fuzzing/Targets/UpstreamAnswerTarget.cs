using System.Text;
using Gateway.Recording;
using Gateway.Requests;
using Gateway.Tests.Support;
using Xunit;

namespace Gateway.Tests.Fuzzing.Targets;

/// <summary>Whatever an upstream writes on its connection, through a real gateway: never a fault, no header that it did not send, and nothing is left behind.</summary>
internal sealed class UpstreamAnswerTarget : FuzzTarget
{
    private const int InputsPerGateway = 200;
    private const int Slots = 4;

    private static readonly string[] OwnHeaders =
        ["x-request-id", "Server", "Date", "Content-Length", "Content-Type", "Transfer-Encoding", "Connection", "Retry-After", "retry-after-ms", "x-should-retry", "X-Content-Type-Options", "X-Proxy", "X-Cache", "Cache-Control", "Content-Security-Policy", "Referrer-Policy"];

    private RawUpstream? _upstream;
    private Rig? _rig;
    private byte[] _answer = [];
    private int _inputs;

    public override string Name => "upstream-answer";

    public override int ShortInputs => 150;

    public override IReadOnlyList<byte[]> Seeds { get; } = Texts(
    [
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 60\r\nx-request-id: r\r\nConnection: close\r\n\r\n{\"model\":\"dep\",\"choices\":[],\"usage\":{\"prompt_tokens\":1}}    ",
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n" + SseText.Streams[0], "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n16\r\ndata: {\"choices\":[]}\n\n\r\n0\r\n\r\n",
        "HTTP/1.1 429 Busy\r\nRetry-After: 2\r\nx-ratelimit-remaining-requests: 0\r\nx-ratelimit-reset-requests: 1s\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\r\n{\"error\":\"text\"}",
        "HTTP/1.1 307 Go\r\nLocation: http://evil.example/\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No\r\nSet-Cookie: a=b\r\nSet-Cookie: c=d\r\n\r\n", "HTTP/1.0 200 OK\r\n\r\nbytes to the end", "SSH-2.0-x\r\n",
        "HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n\u0081\u0001", "HTTP/1.1 503 No\r\nContent-Encoding: gzip\r\nContent-Type: application/json\r\nContent-Length: 3\r\n\r\n\u001f\u008b\b",
    ]);

    public override IReadOnlyList<string> Words { get; } =
    [
        .. SseText.Words, "\r\n\r\n", ": ", "Content-Length: 5\r\n", "Content-Length: -1\r\n", "Transfer-Encoding: chunked\r\n", "Connection: close\r\n", "Content-Encoding: gzip\r\n", "Content-Encoding: br\r\n", "Retry-After: -Infinity\r\n",
        "Retry-After: 1e9\r\n", "retry-after-ms: -Infinity\r\n", "x-ratelimit-reset-tokens: 10675199.02:48:05\r\n", "x-ratelimit-remaining-tokens: 0\r\n", "x-should-retry: true\r\n", "HTTP/1.1 429 Busy\r\n", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 999 X\r\n",
        "Location: //evil\r\n", "Set-Cookie: x\r\n", "\0", "\u007f", "5\r\nhello\r\n", "0\r\n\r\n", "ffffffffff\r\n", "Trailer: X\r\n", "X: \u001b[31m\r\n", "Content-Type: text/event-stream\r\n",
    ];

    public override IReadOnlyList<string> Reaches => ["relayed", "failed", "broken"];

    public override Task StartAsync()
    {
        _upstream = RawUpstream.Start(async (connection, _) =>
        {
            await connection.WriteAsync(_answer);
            return RawUpstream.Closing.Orderly;
        });
        return Task.CompletedTask;
    }

    public override async ValueTask<string> TryAsync(byte[] input)
    {
        if (_inputs++ % InputsPerGateway == 0)
        {
            await RestartAsync();
        }

        // Bytes are bytes here: the texts above are Latin-1.
        _answer = Encoding.Latin1.GetBytes(Encoding.UTF8.GetString(input));
        int tier = input.Length % 3;
        string model = input.Length % 2 == 0 ? "gpt-4" : "other";
        string way;
        try
        {
            string request = $$"""{"model":"{{model}}","stream":{{(tier == 0 ? "false" : "true")}},"messages":[]}""";
            using HttpResponseMessage answer = await _rig!.SendAsync(_rig.Request(tier, HttpMethod.Post, "/v1/chat/completions", Rig.Json(request)));
            AssertHeaders(answer);
            way = answer.Headers.Contains("x-gateway-attempts") && (int)answer.StatusCode is not (502 or 504) ? "relayed" : "failed";
            _ = await answer.Content.ReadAsByteArrayAsync();
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            way = "broken";
        }

        AccessRecord record = (await _rig!.Gateway.Records.WaitForAsync(((_inputs - 1) % InputsPerGateway) + 1))[^1];
        Assert.True(record.Outcome is not (Outcome.Fault or Outcome.SchedulerFault or Outcome.Pending), $"{record.Outcome} {record.Failure}");
        return way;
    }

    protected override async ValueTask StopAsync()
    {
        await LeaveAsync();
        if (_upstream is not null)
        {
            await _upstream.DisposeAsync();
        }
    }

    private void AssertHeaders(HttpResponseMessage answer)
    {
        string sent = Encoding.Latin1.GetString(_answer);
        foreach (string name in answer.Headers.NonValidated.Concat(answer.Content.Headers.NonValidated).Select(static header => header.Key))
        {
            Assert.True(
                name.StartsWith("x-gateway-", StringComparison.OrdinalIgnoreCase) || OwnHeaders.Contains(name, StringComparer.OrdinalIgnoreCase) || sent.Contains(name, StringComparison.OrdinalIgnoreCase),
                $"{name} was not sent");
        }
    }

    private async Task RestartAsync()
    {
        await LeaveAsync();
        _rig = await Rig.StartAsync(Slots, options => options with
        {
            Instances = [EndToEnd.AzureTests.Azure(options.Instances[0]) with { ApiBase = _upstream!.BaseAddress, ApiKey = "upstream-key-of-the-gateway" }],
        });
    }

    private async Task LeaveAsync()
    {
        if (_rig is { } rig)
        {
            _rig = null;
            await rig.AssertQuietAsync(rig.Gateway.Records.All.Count, Slots);
            await rig.DisposeAsync();
        }
    }
}
