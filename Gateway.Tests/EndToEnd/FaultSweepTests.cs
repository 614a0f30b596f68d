using System.Globalization;
using System.Net;
using System.Text;
using Gateway.Configuration;
using Gateway.Recording;
using Gateway.Tests.Support;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>
/// Every way an upstream can fail, in front of a healthy second one: the caller gets the second one's answer where another call is allowed, and
/// a clear error, with no second call, where it is not.
/// </summary>
public class FaultSweepTests
{
    private const string Limited = "HTTP/1.1 429 Too Many Requests\r\n";

    private static readonly Dictionary<string, Fault> Faults = new()
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
        { Provider = ProviderType.Venice, Pause = (TimeSpan.FromMinutes(59), TimeSpan.FromHours(1)) },
        ["limited-azure"] = new(Passes: true, Answer(Limited + "x-ratelimit-reset-tokens: -1\r\nx-ratelimit-remaining-tokens: 0\r\n"))

        // -1 is "unknown": no longer than the first wait of our own.
        { Provider = ProviderType.Azure, Pause = (TimeSpan.Zero, TimeSpan.FromSeconds(1)) },

        // It may have done the work: a second call could be billed twice.
        ["reset-before-head"] = new(Passes: false, Cut("", RawUpstream.Closing.Reset), HttpStatusCode.BadGateway),
        ["closed-before-head"] = new(Passes: false, Cut("", RawUpstream.Closing.Orderly), HttpStatusCode.BadGateway),
        ["half-a-head"] = new(Passes: false, Cut("HTTP/1.1 200 OK\r\nContent-Ty", RawUpstream.Closing.Reset), HttpStatusCode.BadGateway),
        ["no-http"] = new(Passes: false, Cut("SSH-2.0-OpenSSH_9.9\r\n\r\n", RawUpstream.Closing.Orderly), HttpStatusCode.BadGateway),
        ["silence"] = new(Passes: false, static async connection => await SilentAsync(connection), HttpStatusCode.GatewayTimeout),
        ["bug"] = new(Passes: false, Answer("HTTP/1.1 500 Internal Server Error\r\n"), HttpStatusCode.InternalServerError),
        ["bad-gateway"] = new(Passes: false, Answer("HTTP/1.1 502 Bad Gateway\r\n"), HttpStatusCode.BadGateway),
        ["gateway-timeout"] = new(Passes: false, Answer("HTTP/1.1 504 Gateway Timeout\r\n"), HttpStatusCode.GatewayTimeout),

        // It is the request, not the upstream.
        ["bad-request"] = new(Passes: false, Answer("HTTP/1.1 400 Bad Request\r\n"), HttpStatusCode.BadRequest),
        ["unauthorized"] = new(Passes: false, Answer("HTTP/1.1 401 Unauthorized\r\n"), HttpStatusCode.Unauthorized),
        ["not-found"] = new(Passes: false, Answer("HTTP/1.1 404 Not Found\r\n"), HttpStatusCode.NotFound),
        ["unprocessable"] = new(Passes: false, Answer("HTTP/1.1 422 Unprocessable Content\r\n"), HttpStatusCode.UnprocessableContent),
        ["final"] = new(Passes: false, Answer("HTTP/1.1 503 Service Unavailable\r\nx-should-retry: false\r\n"), HttpStatusCode.ServiceUnavailable),
        ["quota"] = new(Passes: false, Answer(Limited, "{\"error\":{\"message\":\"m\",\"type\":\"insufficient_quota\",\"param\":null,\"code\":\"insufficient_quota\"}}"),
            HttpStatusCode.TooManyRequests),
        ["redirect"] = new(Passes: false, Answer("HTTP/1.1 307 Temporary Redirect\r\nLocation: http://127.0.0.1:1/\r\n"), HttpStatusCode.BadGateway),

        // The answer was begun: it breaks, and must look broken.
        ["body-cut"] = new(Passes: false, Cut("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{\"id\"", RawUpstream.Closing.Orderly)),
        ["body-reset"] = new(Passes: false, Cut("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{\"id\"", RawUpstream.Closing.Reset)),
        ["bad-chunk"] = new(Passes: false, Cut("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}", RawUpstream.Closing.Orderly),
            HttpStatusCode.BadGateway),
        ["drip-then-silence"] = new(Passes: false, static async connection =>
        {
            await connection.WriteAsync("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{"u8.ToArray());
            return await SilentAsync(connection);
        }),
    };

    public static TheoryData<string, bool, int> Sweep()
    {
        var data = new TheoryData<string, bool, int>();
        foreach (string fault in Faults.Keys)
        {
            foreach (bool stream in (bool[])[false, true])
            {
                data.Add(fault, stream, Rig.Urgent);
                data.Add(fault, stream, Rig.Batch);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Sweep))]
    [Trait("req", "U4")]
    [Trait("req", "A6")]
    public async Task Post_FirstInstanceFails_SecondAnswersOrTheErrorIsClear(string name, bool stream, int tier)
    {
        Fault fault = Faults[name];
        int asked = 0;
        await using RawUpstream bad = RawUpstream.Start(async (connection, _) =>
        {
            Interlocked.Increment(ref asked);
            return await fault.Play!(connection);
        });
        await using Rig rig = await StartAsync(name, bad.BaseAddress);

        (HttpStatusCode? status, string? instance) = await CallAsync(rig, tier, stream);

        IReadOnlyList<AccessRecord> records = await rig.AssertQuietAsync(1, 1);
        Assert.Equal(fault.Play is null ? 0 : 1, asked);
        Assert.Equal(fault.Passes ? 1 : 0, rig.Upstream.Stats.BillableStarts);
        if (fault.Passes)
        {
            Assert.Equal((HttpStatusCode.OK, "second"), (status, instance));
            Assert.Equal((2, 1), (records[0].Attempts, records[0].Retries));
            if (fault.Pause is { } pause)
            {
                Assert.InRange(rig.Instances.Find(0)!.Health.PauseLeft, pause.Least, pause.Most);
            }
        }
        else
        {
            // Null: the transfer broke, as it must once it was begun.
            Assert.Equal(fault.Status, status);
            Assert.Equal((1, 0), (records[0].Attempts, records[0].Retries));
        }
    }

    [Theory]
    [InlineData("reset-before-head")]
    [InlineData("closed-before-head")]
    [InlineData("silence")]
    [InlineData("bug")]
    [InlineData("bad-gateway")]
    [InlineData("gateway-timeout")]
    [Trait("req", "U4")]
    public async Task Get_FirstInstanceFails_SecondAnswers(string name)
    {
        await using RawUpstream bad = RawUpstream.Start((connection, _) => Faults[name].Play!(connection));
        await using Rig rig = await StartAsync(name, bad.BaseAddress);

        using HttpResponseMessage answer = await rig.SendAsync(rig.Request(Rig.Normal, HttpMethod.Get, "/v1/models")).Soon();

        Assert.Equal((HttpStatusCode.OK, "second"), (answer.StatusCode, answer.Header("x-gateway-instance")));
        Assert.Equal(2, Assert.Single(await rig.AssertQuietAsync(1, 1)).Attempts);
    }

    [Theory]
    [InlineData("reset-before-head")]
    [InlineData("silence")]
    [InlineData("bug")]
    [Trait("req", "U4")]
    public async Task Post_UnansweredMayBeRetried_SecondAnswers(string name)
    {
        await using RawUpstream bad = RawUpstream.Start((connection, _) => Faults[name].Play!(connection));
        await using Rig rig = await StartAsync(name, bad.BaseAddress, options => options with { Retries = options.Retries with { RetryUnanswered = true } });

        (HttpStatusCode? status, string? instance) = await CallAsync(rig, Rig.Batch, stream: true);

        Assert.Equal((HttpStatusCode.OK, "second"), (status, instance));
        Assert.Equal(2, Assert.Single(await rig.AssertQuietAsync(1, 1)).Attempts);
    }

    private static Task<Rig> StartAsync(string name, Uri bad, Func<GatewayOptions, GatewayOptions>? configure = null)
    {
        return Rig.StartAsync(1, options =>
        {
            Uri address = name switch
            {
                "refused" => new Uri("http://127.0.0.1:1/"),

                // A server that speaks no TLS says so; one that waits for more says nothing.
                "tls" => new UriBuilder(options.Instances[0].ApiBase) { Scheme = "https", Path = "/" }.Uri,
                "tls-silence" => new UriBuilder(bad) { Scheme = "https" }.Uri,
                _ => bad,
            };
            options = options with
            {
                Instances =
                [
                    GatewayHost.Instance(address, 1, "first") with { Priority = 1, ProviderType = Faults[name].Provider },
                    options.Instances[0] with { Name = "second", Priority = 2 },
                ],
                Timeouts = options.Timeouts with { FirstByte = TimeSpan.FromSeconds(1), Idle = TimeSpan.FromSeconds(1) },
                Health = options.Health with { Active = false },
            };
            return configure?.Invoke(options) ?? options;
        });
    }

    /// <summary>The status, or null when the transfer broke before its end; an answer that ends cleanly must be whole.</summary>
    private static async Task<(HttpStatusCode? Status, string? Instance)> CallAsync(Rig rig, int tier, bool stream)
    {
        try
        {
            using HttpResponseMessage answer = await rig.ChatAsync(tier, "n", stream).Soon();
            string text = await answer.Content.ReadAsStringAsync(Rig.Cancel).Soon();
            if (stream && answer.IsSuccessStatusCode)
            {
                Assert.EndsWith("data: [DONE]\n\n", text, StringComparison.Ordinal);
            }
            else
            {
                Assert.Equal('{', text[0]);
                Assert.Equal('}', text[^1]);
            }

            return (answer.StatusCode, answer.Header("x-gateway-instance"));
        }
        catch (HttpRequestException)
        {
            return (null, null);
        }
    }

    private static Func<Stream, Task<RawUpstream.Closing>> Answer(string head, string body = "{\"error\":{\"message\":\"m\",\"type\":\"t\",\"param\":null,\"code\":null}}") =>
        Cut($"{head}Content-Type: application/json\r\nContent-Length: {body.Length.ToString(CultureInfo.InvariantCulture)}\r\n\r\n{body}", RawUpstream.Closing.Orderly);

    private static Func<Stream, Task<RawUpstream.Closing>> Cut(string wire, RawUpstream.Closing closing) => async connection =>
    {
        await connection.WriteAsync(Encoding.Latin1.GetBytes(wire));
        return closing;
    };

    /// <summary>Says nothing until the gateway hangs up.</summary>
    private static async Task<RawUpstream.Closing> SilentAsync(Stream connection)
    {
        await connection.ReadAtLeastAsync(new byte[1], 1, throwOnEndOfStream: false);
        return RawUpstream.Closing.Orderly;
    }

    /// <param name="Passes">Another instance may be asked.</param>
    /// <param name="Play">What the first instance does; null when it cannot be reached.</param>
    /// <param name="Status">What the caller sees when nobody else may be asked; null: a broken transfer.</param>
    private sealed record Fault(bool Passes, Func<Stream, Task<RawUpstream.Closing>>? Play = null, HttpStatusCode? Status = null)
    {
        /// <summary>What the first instance is.</summary>
        public ProviderType Provider { get; init; } = ProviderType.OpenAi;

        /// <summary>How long it is left alone then; null where that is another test's.</summary>
        public (TimeSpan Least, TimeSpan Most)? Pause { get; init; }
    }
}
