using FsCheck;
using FsCheck.Fluent;
using Gateway.Tests.Support;
using UpstreamSimulator;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>
/// Whatever mixture of headers either side sends, the other gets what the rules let pass and nothing else; the rules are written here once
/// more, by hand.
/// </summary>
[Trait("row", "H3")]
public class HeaderPropertyTests
{
    private const int Rounds = 60;

    private static readonly string[] EndToEnd =
    [
        "Accept", "Accept-Encoding", "User-Agent", "OpenAI-Beta", "Idempotency-Key", "X-Stainless-Lang", "X-Request-Start", "traceparent", "X-Content-Type",
        "X-Forwarded", "Cookie2", "Api-Keys", "Connection-X", "X-Custom",
    ];

    private static readonly string[] Identity =
    [
        "Authorization", "api-key", "x-api-key", "OpenAI-Organization", "OpenAI-Project", "Cookie", "X-Forwarded-For", "X-Forwarded-Host", "X-FORWARDED-Anything",
        "Forwarded", "X-Real-IP",
    ];

    private static readonly string[] Hop = ["Keep-Alive", "Proxy-Connection", "Proxy-Authorization", "TE", "Trailer", "X-Content-Length"];

    /// <summary>A Connection and the words that servers know.</summary>
    private static readonly string[] Words =
    [
        "Connection: NAMED\r\n", "Connection: close, NAMED\r\n", "Connection: NAMED,keep-alive\r\n", "Connection: NAMED\r\nConnection: close\r\n", "Connection: Upgrade\r\nConnection: NAMED\r\n",
    ];

    private static readonly string[] AnswerEndToEnd =
        ["x-request-id", "openai-model", "x-ratelimit-reset-tokens", "retry-after-ms", "ETag", "Server", "X-Custom", "Access-Control-Expose-Headers", "Via", "Set-Cookie2"];

    private static readonly string[] AnswerHop =
        ["Keep-Alive", "Proxy-Authenticate", "Proxy-Connection", "Trailer", "Upgrade", "TE", "Alt-Svc", "Strict-Transport-Security", "Proxy-Authentication-Info"];

    /// <summary>What the gateway says itself, on every answer.</summary>
    private static readonly string[] Own = ["x-gateway-tier", "x-gateway-queue-ms", "x-gateway-attempts", "x-gateway-instance", "Date", "Content-Length"];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Request_AnyHeaders_OnlyTheExpectedOnesReachTheUpstream(bool replaced)
    {
        await using Rig rig = await StartAsync(replaced);
        int round = 0;
        foreach (string[] names in Samples([.. EndToEnd, .. Identity, .. Hop]))
        {
            // Some are named by Connection, and stop here for it, whatever else it says.
            string[] named = [.. names.Where(static (name, index) => index % 5 == 4)];
            string connection = named.Length == 0 ? "" : Words[round % Words.Length].Replace("NAMED", string.Join(" ,", named), StringComparison.Ordinal);
            string headers = string.Concat(names.Select((name, index) => $"{Odd(name, index)}: v{index}\r\n"));
            using RawConnection client = await RawConnection.OpenAsync(rig.Gateway.Address(Rig.Batch), Rig.Cancel);
            await client.SendAsync($"GET /v1/x/{round++} HTTP/1.1\r\nHost: localhost\r\n{connection}{headers}\r\n", Rig.Cancel);
            string answer = await client.ReadUntilAsync("\r\n\r\n", Rig.Cancel).Soon();

            Assert.StartsWith("HTTP/1.1 200 ", answer, StringComparison.Ordinal);
            // An encoding that nobody knows is not asked for where our key would have to be looked for in the answer.
            string[] expected =
            [
                $"host: {rig.Upstream.BaseAddress.Authority}",
                .. replaced ? ["authorization: Bearer sk-ours"] : (string[])[],
                .. names.Select(static (name, index) => (name, index))
                    .Where(one => !Hop.Contains(one.name) && !named.Contains(one.name) && !(replaced && Identity.Contains(one.name)))
                    .Select(one => $"{one.name.ToLowerInvariant()}: {(replaced && one.name == "Accept-Encoding" ? "" : $"v{one.index}")}"),
            ];
            RecordedRequest received = rig.Upstream.Requests[^1];
            string[] arrived = [.. received.Headers.Select(static one => $"{one.Key.ToLowerInvariant()}: {one.Value}")];
            Assert.True(arrived.ToHashSet().SetEquals(expected) && arrived.Length == expected.Length, $"sent:\n{connection}{headers}\narrived:\n{string.Join('\n', arrived)}");
        }

        await rig.AssertQuietAsync(Rounds, 1);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Answer_AnyHeaders_OnlyTheExpectedOnesReachTheCaller(bool replaced)
    {
        string headers = "";
        await using RawUpstream upstream = RawUpstream.Start(async (connection, request) =>
        {
            await connection.WriteAsync(System.Text.Encoding.Latin1.GetBytes($"HTTP/1.1 200 OK\r\n{headers}Content-Length: 2\r\n\r\n{{}}"));
            return RawUpstream.Closing.Orderly;
        });
        await using Rig rig = await StartAsync(replaced, upstream.BaseAddress);
        foreach (string[] names in Samples([.. AnswerEndToEnd, .. AnswerHop, "Set-Cookie"]))
        {
            string[] named = [.. names.Where((_, index) => index % 5 == 4)];
            headers = $"Connection: close{string.Concat(named.Select(static name => ", " + name))}\r\n"
                + string.Concat(names.Select((name, index) => $"{Odd(name, index)}: v{index}\r\n"));
            using RawConnection client = await RawConnection.OpenAsync(rig.Gateway.Address(Rig.Batch), Rig.Cancel);
            await client.SendAsync("GET /v1/x HTTP/1.1\r\nHost: localhost\r\n\r\n", Rig.Cancel);
            string answer = await client.ReadUntilAsync("\r\n\r\n{}", Rig.Cancel).Soon();

            string[] expected = [.. names.Select(static (name, index) => (name, index))
                .Where(one => !AnswerHop.Contains(one.name) && !named.Contains(one.name) && !(replaced && one.name == "Set-Cookie"))
                .Select(static one => $"{one.name.ToLowerInvariant()}: v{one.index}")];
            string[] received = [.. answer.Split("\r\n\r\n")[0].Split("\r\n")[1..]
                .Where(static line => !Own.Contains(line.Split(':')[0], StringComparer.OrdinalIgnoreCase))
                .Select(static line => line.Split(": ")[0].ToLowerInvariant() + ": " + line.Split(": ")[1])];

            // Ours, when the upstream named none.
            received = names.Contains("x-request-id") && !named.Contains("x-request-id")
                ? received
                : [.. received.Where(static line => !line.StartsWith("x-request-id:", StringComparison.Ordinal))];
            Assert.Equal(expected.Order(StringComparer.Ordinal), received.Order(StringComparer.Ordinal));
        }

        await rig.Gateway.Records.WaitForAsync(Rounds);
    }

    /// <summary>The same mixtures in every run: each name at most once, in any order.</summary>
    private static string[][] Samples(string[] names) =>
        [.. Gen.Shuffle(names).SelectMany(shuffled => Gen.Choose(0, names.Length).Select(count => shuffled.Take(count).ToArray())).Sample(Rounds, Rounds)];

    /// <summary>Names are alike in any case.</summary>
    private static string Odd(string name, int index) => (index % 3) switch
    {
        0 => name.ToUpperInvariant(),
        1 => name.ToLowerInvariant(),
        _ => name,
    };

    private static Task<Rig> StartAsync(bool replaced, Uri? upstream = null) => Rig.StartAsync(1, options => options with
    {
        Instances = [(upstream is null ? options.Instances[0] : GatewayHost.Instance(upstream, 1)) with { ApiKey = replaced ? "sk-ours" : null }],
    });
}
