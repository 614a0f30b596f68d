using System.Globalization;
using System.Net;
using System.Text;
using Gateway.Configuration;

namespace Gateway.Tests.Support;

/// <summary>Every way an upstream can fail. Where it says something, it says the words it is given.</summary>
internal static class UpstreamFaults
{
    private const string Limited = "HTTP/1.1 429 Too Many Requests\r\n";

    public static readonly IReadOnlyDictionary<string, UpstreamFault> All = new Dictionary<string, UpstreamFault>
    {
        // Nobody was reached, or somebody said so in words: another may be asked.
        ["refused"] = new(Passes: true),
        ["tls"] = new(Passes: true),
        ["tls-silence"] = new(Passes: true),
        ["busy"] = new(Passes: true, Answer("HTTP/1.1 503 Service Unavailable\r\n")),
        ["overloaded"] = new(Passes: true, Answer("HTTP/1.1 529 Overloaded\r\n")),
        ["conflict"] = new(Passes: true, Answer("HTTP/1.1 409 Conflict\r\n")),
        ["request-timeout"] = new(Passes: true, Answer("HTTP/1.1 408 Request Timeout\r\n")),
        ["limited"] = new(Passes: true, Answer(Limited)),
        ["limited-seconds"] = new(Passes: true, Answer(Limited + "Retry-After: 7\r\n")),
        ["limited-date"] = new(Passes: true, Answer(Limited + "Retry-After: Fri, 31 Dec 2100 23:59:59 GMT\r\n")),
        ["limited-milliseconds"] = new(Passes: true, Answer(Limited + "retry-after-ms: 700\r\n")),
        ["limited-openai"] = new(Passes: true, Answer(Limited + "x-ratelimit-remaining-requests: 0\r\nx-ratelimit-reset-requests: 6m0s\r\n")),
        ["limited-venice"] = new(Passes: true, Answer(Limited + "x-ratelimit-reset-requests: 4102444799000\r\n"))
        {
            Provider = ProviderType.Venice,
            Pause = (TimeSpan.FromMinutes(59), TimeSpan.FromHours(1)),
        },
        ["limited-azure"] = new(Passes: true, Answer(Limited + "x-ratelimit-reset-tokens: -1\r\nx-ratelimit-remaining-tokens: 0\r\n"))
        {
            // -1 is "unknown": no longer than the first wait of our own.
            Provider = ProviderType.Azure,
            Pause = (TimeSpan.Zero, TimeSpan.FromSeconds(1)),
        },

        // It may have done the work: a second call could be billed twice.
        ["reset-before-head"] = new(Passes: false, Cut("", RawUpstream.Closing.Reset), HttpStatusCode.BadGateway),
        ["closed-before-head"] = new(Passes: false, Cut("", RawUpstream.Closing.Orderly), HttpStatusCode.BadGateway),
        ["half-a-head"] = new(Passes: false, Cut("HTTP/1.1 200 OK\r\nX-Words: WORDS\r\nContent-Ty", RawUpstream.Closing.Reset), HttpStatusCode.BadGateway),
        ["no-http"] = new(Passes: false, Cut("SSH-2.0-OpenSSH_9.9 WORDS\r\n\r\n", RawUpstream.Closing.Orderly), HttpStatusCode.BadGateway),
        ["silence"] = new(Passes: false, static async (connection, _) => await SilentAsync(connection), HttpStatusCode.GatewayTimeout),
        ["bug"] = new(Passes: false, Answer("HTTP/1.1 500 Internal Server Error\r\n"), HttpStatusCode.InternalServerError),
        ["bad-gateway"] = new(Passes: false, Answer("HTTP/1.1 502 Bad Gateway\r\n"), HttpStatusCode.BadGateway),
        ["gateway-timeout"] = new(Passes: false, Answer("HTTP/1.1 504 Gateway Timeout\r\n"), HttpStatusCode.GatewayTimeout),

        // It is the request, not the upstream.
        ["bad-request"] = new(Passes: false, Answer("HTTP/1.1 400 Bad Request\r\n"), HttpStatusCode.BadRequest),
        ["unauthorized"] = new(Passes: false, Answer("HTTP/1.1 401 Unauthorized\r\n"), HttpStatusCode.Unauthorized),
        ["not-found"] = new(Passes: false, Answer("HTTP/1.1 404 Not Found\r\n"), HttpStatusCode.NotFound),
        ["unprocessable"] = new(Passes: false, Answer("HTTP/1.1 422 Unprocessable Content\r\n"), HttpStatusCode.UnprocessableContent),
        ["final"] = new(Passes: false, Answer("HTTP/1.1 503 Service Unavailable\r\nx-should-retry: false\r\n"), HttpStatusCode.ServiceUnavailable),
        ["quota"] = new(Passes: false, Answer(Limited, "{\"error\":{\"message\":\"WORDS\",\"type\":\"insufficient_quota\",\"param\":null,\"code\":\"insufficient_quota\"}}"),
            HttpStatusCode.TooManyRequests),
        ["redirect"] = new(Passes: false, Answer("HTTP/1.1 307 Temporary Redirect\r\nLocation: http://127.0.0.1:1/\r\n"), HttpStatusCode.BadGateway),

        // The answer was begun: it breaks, and must look broken.
        ["body-cut"] = new(Passes: false, Cut("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{\"id\"", RawUpstream.Closing.Orderly)),
        ["body-reset"] = new(Passes: false, Cut("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{\"id\"", RawUpstream.Closing.Reset)),
        ["bad-chunk"] = new(Passes: false, Cut("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz WORDS\r\n{}", RawUpstream.Closing.Orderly),
            HttpStatusCode.BadGateway),
        ["drip-then-silence"] = new(Passes: false, static async (connection, _) =>
        {
            await connection.WriteAsync("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{"u8.ToArray());
            return await SilentAsync(connection);
        }),
    };

    private static Func<Stream, string, Task<RawUpstream.Closing>> Answer(string head, string body = "{\"error\":{\"message\":\"WORDS\",\"type\":\"t\",\"param\":null,\"code\":null}}") =>
        (connection, words) =>
        {
            string said = Say(body, words);
            return Cut(
                $"{head}Content-Type: application/json\r\nX-Words: WORDS\r\nContent-Length: {said.Length.ToString(CultureInfo.InvariantCulture)}\r\n\r\n{said}", RawUpstream.Closing.Orderly)(connection, words);
        };

    private static Func<Stream, string, Task<RawUpstream.Closing>> Cut(string wire, RawUpstream.Closing closing) => async (connection, words) =>
    {
        await connection.WriteAsync(Encoding.Latin1.GetBytes(Say(wire, words)));
        return closing;
    };

    /// <summary>Says nothing until the gateway hangs up.</summary>
    private static async Task<RawUpstream.Closing> SilentAsync(Stream connection)
    {
        await connection.ReadAtLeastAsync(new byte[1], 1, throwOnEndOfStream: false);
        return RawUpstream.Closing.Orderly;
    }

    private static string Say(string wire, string words) => wire.Replace("WORDS", words, StringComparison.Ordinal);
}
