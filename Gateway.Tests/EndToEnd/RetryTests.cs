using System.Net;
using System.Text;
using Gateway.Configuration;
using Gateway.Recording;
using Gateway.Tests.Support;
using Gateway.Upstreams;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>Which failures of one upstream are tried again, how often, and what the caller gets when none of the attempts did.</summary>
[Trait("req", "M4")]
public class RetryTests
{
    [Theory]
    [InlineData(408, Rig.Urgent)]
    [InlineData(409, Rig.Batch)]
    [InlineData(429, Rig.Urgent)]
    [InlineData(503, Rig.Batch)]
    [InlineData(529, Rig.Urgent)]
    [Trait("row", "U4")]
    public async Task Post_RefusedTwice_TheThirdAttemptIsTheAnswer(int status, int tier)
    {
        await using Rig rig = await StartAsync();

        HttpResponseMessage answer = await rig.ChatAsync(tier, "n", knobs: [$"status={status}", "fail-times=2"]).Soon();

        Assert.Equal((HttpStatusCode.OK, "3", ""), (answer.StatusCode, answer.Header("x-gateway-attempts"), answer.Header("x-should-retry")));
        Assert.Equal(3, rig.Upstream.Stats.Started);
        AccessRecord record = Assert.Single(await rig.AssertQuietAsync(1, 1));
        Assert.Equal((3, 2, 0), (record.Attempts, record.Retries, record.PossibleDuplicates));
    }

    [Theory]
    [InlineData(400, Rig.Urgent)]
    [InlineData(401, Rig.Batch)]
    [InlineData(403, Rig.Urgent)]
    [InlineData(404, Rig.Batch)]
    [InlineData(422, Rig.Urgent)]
    [InlineData(500, Rig.Batch)]
    [InlineData(502, Rig.Urgent)]
    [InlineData(504, Rig.Batch)]
    [Trait("row", "U4")]
    public async Task Post_FinalStatus_PassesAtOnceByteForByte(int status, int tier)
    {
        List<string> requests = [];
        await using RawUpstream upstream = RawUpstream.Start(Answer(status, "{\"error\" :  \"text\"}"), requests);
        await using Rig rig = await StartAsync(upstream.BaseAddress);

        HttpResponseMessage answer = await rig.ChatAsync(tier, "n").Soon();

        Assert.Equal((status, "{\"error\" :  \"text\"}", ""), ((int)answer.StatusCode, await answer.TextAsync(), answer.Header("x-should-retry")));
        Assert.Single(requests);
        await rig.AssertQuietAsync(1, 1);
    }

    [Theory]
    [InlineData(429, "Retry-After: 1", """{"error":{"message":"You exceeded your current quota","type":"insufficient_quota","param":null,"code":"insufficient_quota"}}""")]
    [InlineData(429, "x-should-retry: false", "{}")]
    [InlineData(503, "x-should-retry: false", "{}")]
    public async Task Post_UpstreamSaysItIsFinal_PassesAtOnceByteForByte(int status, string header, string body)
    {
        List<string> requests = [];
        await using RawUpstream upstream = RawUpstream.Start(Answer(status, body, header), requests);
        await using Rig rig = await StartAsync(upstream.BaseAddress);

        HttpResponseMessage answer = await rig.ChatAsync(Rig.Urgent, "n").Soon();

        Assert.Equal((status, body), ((int)answer.StatusCode, await answer.TextAsync()));
        Assert.Equal(header.Split(": ")[1], answer.Header(header.Split(": ")[0]));
        Assert.Single(requests);
        await rig.AssertQuietAsync(1, 1);
    }

    [Fact]
    public async Task Post_UpstreamSays418MayBeRetried_IsRetried()
    {
        List<string> requests = [];
        await using RawUpstream upstream = RawUpstream.Start(Answer(418, "{}", "x-should-retry: true"), requests);
        await using Rig rig = await StartAsync(upstream.BaseAddress);

        HttpResponseMessage answer = await rig.ChatAsync(Rig.Urgent, "n").Soon();

        Assert.Equal((418, "false"), ((int)answer.StatusCode, answer.Header("x-should-retry")));
        Assert.Equal(4, requests.Count);
        await rig.AssertQuietAsync(1, 1);
    }

    [Theory]
    [InlineData(0, null, 1)]
    [InlineData(2, null, 3)]
    [InlineData(2, 1, 2)]
    [InlineData(0, 4, 5)]
    public async Task Refused_Always_AsOftenAsConfiguredThenTheLastAnswer(int maxRetries, int? ofInstance, int attempts)
    {
        int count = 0;
        await using RawUpstream upstream = RawUpstream.Start(async (connection, _) =>
        {
            string body = $"{{\"error\": {Interlocked.Increment(ref count)} }}";
            await connection.WriteAsync(Encoding.Latin1.GetBytes(Answer(503, body, "x-request-id: up-" + count)));
            return RawUpstream.Closing.Orderly;
        });
        await using Rig rig = await StartAsync(
            upstream.BaseAddress, new RetryOptions { MaxRetries = maxRetries, BaseDelay = TimeSpan.Zero }, instance => instance with { RetryCount = ofInstance });

        HttpResponseMessage answer = await rig.ChatAsync(Rig.Batch, "n").Soon();

        Assert.Equal((503, $"{{\"error\": {attempts} }}"), ((int)answer.StatusCode, await answer.TextAsync()));
        Assert.Equal(
            ($"up-{attempts}", attempts > 1 ? "false" : "", attempts.ToString(System.Globalization.CultureInfo.InvariantCulture)),
            (answer.Header("x-request-id"), answer.Header("x-should-retry"), answer.Header("x-gateway-attempts")));
        Assert.Equal(attempts, count);
        await rig.AssertQuietAsync(1, 1);
    }

    [Theory]
    [InlineData("POST", false, 1)]
    [InlineData("POST", true, 2)]
    [InlineData("PUT", false, 1)]
    [InlineData("GET", false, 2)]
    [InlineData("HEAD", false, 2)]
    [InlineData("OPTIONS", false, 2)]
    [Trait("row", "U4")]
    public async Task Reset_BeforeTheHead_OnlyWhatMayBeRepeatedIs(string method, bool retryUnanswered, int attempts)
    {
        int count = 0;
        await using RawUpstream upstream = RawUpstream.Start(async (connection, _) =>
        {
            if (Interlocked.Increment(ref count) == 1)
            {
                return RawUpstream.Closing.Reset;
            }

            await connection.WriteAsync("HTTP/1.1 204 Fine\r\n\r\n"u8.ToArray());
            return RawUpstream.Closing.Orderly;
        });
        await using Rig rig = await StartAsync(upstream.BaseAddress, new RetryOptions { BaseDelay = TimeSpan.Zero, RetryUnanswered = retryUnanswered });

        HttpContent? body = method is "POST" or "PUT" ? Rig.Json(Rig.ChatBody(Rig.Batch)) : null;
        HttpResponseMessage answer = await rig.SendAsync(rig.Request(Rig.Batch, HttpMethod.Parse(method), "/v1/things", body)).Soon();

        Assert.Equal(attempts == 2 ? 204 : 502, (int)answer.StatusCode);
        Assert.Equal(attempts, count);
        AccessRecord record = Assert.Single(await rig.AssertQuietAsync(1, 1));
        Assert.Equal((attempts, retryUnanswered ? 1 : 0), (record.Attempts, record.PossibleDuplicates));
    }

    [Theory]
    [InlineData(Rig.Urgent, false, "reset-after:2")]
    [InlineData(Rig.Urgent, true, "reset-after:2")]
    [InlineData(Rig.Batch, true, "truncate:2000")]
    [Trait("row", "U4")]
    public async Task Stream_BreaksAfterAByteReachedTheCaller_IsNeverRetried(int tier, bool retryUnanswered, string fail)
    {
        await using Rig rig = await StartAsync(null, new RetryOptions { BaseDelay = TimeSpan.Zero, RetryUnanswered = retryUnanswered });

        await Assert.ThrowsAnyAsync<HttpRequestException>(async () =>
            await (await rig.ChatAsync(tier, "n", stream: true, knobs: ["fail-times=1", $"fail={fail}", "tokens=100"]).Soon()).TextAsync());

        Assert.Equal(1, rig.Upstream.Stats.Started);
        await rig.AssertQuietAsync(1, 1);
    }

    [Theory]
    [InlineData(false, 1)]
    [InlineData(true, 2)]
    [Trait("row", "U4")]
    public async Task Stream_EndsWhileItsHeadIsHeldBack_IsRetriedOnlyIfTheRiskIsTaken(bool retryUnanswered, int attempts)
    {
        int count = 0;
        await using RawUpstream upstream = RawUpstream.Start(async (connection, _) =>
        {
            string events = Interlocked.Increment(ref count) == 1 ? ": waiting\n\n" : HeldCalls.FirstHalf + HeldCalls.SecondHalf;
            await connection.WriteAsync(Encoding.Latin1.GetBytes("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n" + events));
            return RawUpstream.Closing.Orderly;
        });
        await using Rig rig = await StartAsync(upstream.BaseAddress, new RetryOptions { BaseDelay = TimeSpan.Zero, RetryUnanswered = retryUnanswered });

        HttpResponseMessage answer = await rig.ChatAsync(Rig.Batch, "n", stream: true).Soon();

        Assert.Equal(attempts == 2 ? 200 : 502, (int)answer.StatusCode);
        Assert.Contains(attempts == 2 ? HeldCalls.FirstHalf : "upstream_cut", await answer.TextAsync(), StringComparison.Ordinal);
        Assert.Equal(attempts, count);
        await rig.AssertQuietAsync(1, 1);
    }

    [Fact]
    [Trait("req", "V2")]
    public async Task Venice_Status500_IsRetried()
    {
        await using Rig rig = await StartAsync(null, Quick, static instance => instance with { ProviderType = ProviderType.Venice });

        HttpResponseMessage answer = await rig.ChatAsync(Rig.Batch, "n", knobs: ["status=500", "fail-times=1"]).Soon();

        Assert.Equal((HttpStatusCode.OK, "2"), (answer.StatusCode, answer.Header("x-gateway-attempts")));
        await rig.AssertQuietAsync(1, 1);
    }

    [Theory]
    [InlineData(64 * 1024, 4)]
    [InlineData((64 * 1024) + 1, 1)]
    [Trait("row", "U11")]
    public async Task Refused_LongAnswer_IsRelayedAtOnce(int length, int attempts)
    {
        int count = 0;
        string body = new('e', length);
        await using RawUpstream upstream = RawUpstream.Start(async (connection, _) =>
        {
            Interlocked.Increment(ref count);
            await connection.WriteAsync(Encoding.Latin1.GetBytes($"HTTP/1.1 503 Busy\r\nConnection: close\r\n\r\n{body}"));
            return RawUpstream.Closing.Orderly;
        });
        await using Rig rig = await StartAsync(upstream.BaseAddress);

        HttpResponseMessage answer = await rig.ChatAsync(Rig.Batch, "n").Soon();

        Assert.Equal(503, (int)answer.StatusCode);
        Assert.Equal(body, await answer.TextAsync());
        Assert.Equal(attempts, count);
        await rig.AssertQuietAsync(1, 1);
    }

    [Fact]
    [Trait("req", "V7")]
    public async Task Failures_MoreThanTheBudget_AreNotRetriedAnyMore()
    {
        await using Rig rig = await StartAsync(null, Quick with { FailuresPer30s = 5 });

        HttpResponseMessage first = await rig.ChatAsync(Rig.Batch, "a", knobs: ["status=503"]).Soon();
        HttpResponseMessage second = await rig.ChatAsync(Rig.Batch, "b", knobs: ["status=503"]).Soon();
        HttpResponseMessage third = await rig.ChatAsync(Rig.Batch, "c", knobs: ["status=503"]).Soon();

        Assert.Equal(["4", "1", "1"], new[] { first, second, third }.Select(static answer => answer.Header("x-gateway-attempts")));
        Assert.All([first, second, third], static answer => Assert.Equal("false", answer.Header("x-should-retry")));
        Assert.Equal(6, rig.Upstream.Stats.Started);
        await rig.AssertQuietAsync(3, 1);
    }

    [Fact]
    [Trait("row", "U5")]
    public async Task Refused_ManyAtOnce_TheBudgetsBoundTheRetries()
    {
        await using Rig rig = await StartAsync(null, Quick, slots: 8, budget: 0.2);

        HttpResponseMessage[] answers = await Task.WhenAll(
            Enumerable.Range(0, 100).Select(i => rig.ChatAsync(i % 3, $"n{i}", knobs: ["status=503"]))).Soon();

        Assert.All(answers, static answer => Assert.Equal(503, (int)answer.StatusCode));
        Assert.InRange(rig.Upstream.Stats.Started, 100, 120);
        Assert.Contains(answers, static answer => answer.Header("x-gateway-attempts") == "1" && answer.Header("x-should-retry") == "false");
        await rig.AssertQuietAsync(100, 8);
    }

    [Fact]
    [Trait("req", "A7")]
    public async Task Attempts_AllKinds_AreBookedOnTheInstance()
    {
        await using Rig rig = await StartAsync();

        await rig.ChatAsync(Rig.Batch, "a", knobs: ["status=503", "fail-times=1"]).Soon();
        await rig.ChatAsync(Rig.Batch, "b", knobs: ["status=400"]).Soon();
        await rig.ChatAsync(Rig.Batch, "c", knobs: ["fail=reset-before-headers"]).Soon();
        await rig.AssertQuietAsync(3, 1);

        InstanceUsage usage = Assert.Single(rig.Instances.All).Usage;
        Assert.Equal((4, 2, 2), (usage.Requests, usage.Successes, usage.Errors));
        Assert.Equal([503, null], usage.RecentErrors.Select(static error => error.Status));
        Assert.True(usage.Tokens > 0 && usage.Latency > TimeSpan.Zero);
    }

    private static RetryOptions Quick => new() { BaseDelay = TimeSpan.Zero };

    private static string Answer(int status, string body, string header = "x-a: b") =>
        $"HTTP/1.1 {status} Whatever\r\n{header}\r\nConnection: close\r\nContent-Length: {body.Length}\r\n\r\n{body}";

    private static Task<Rig> StartAsync(
        Uri? upstream = null, RetryOptions? retries = null, Func<InstanceOptions, InstanceOptions>? instance = null, int slots = 1, double budget = 1) =>
        Rig.StartAsync(slots, options => options with
        {
            Instances = [(instance ?? (static same => same))(upstream is null ? options.Instances[0] : GatewayHost.Instance(upstream, slots))],
            Retries = (retries ?? Quick) with { Budget = budget },
        });
}
