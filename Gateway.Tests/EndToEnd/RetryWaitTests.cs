using System.Net;
using System.Text;
using Gateway.Configuration;
using Gateway.Recording;
using Gateway.Requests;
using Gateway.Scheduling;
using Gateway.Tests.Support;
using Gateway.Upstreams;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>The time between two attempts, on a clock that moves only when the test moves it: how long, and what it keeps from whom.</summary>
[Trait("req", "M4")]
[Trait("row", "U6")]
public class RetryWaitTests
{
    private readonly ManualTimeProvider _clock = new();

    [Theory]
    [InlineData("Retry-After: 7", 7, 7.7)]
    [InlineData("retry-after-ms: 1500", 1.5, 1.65)]
    [InlineData("Retry-After: Thu, 01 Jan 2026 00:00:20 GMT", 20, 21)]
    [InlineData("x-ratelimit-remaining-requests: 0\r\nx-ratelimit-reset-requests: 6s", 6, 6.6)]
    [InlineData("x-ratelimit-remaining-tokens: 0\r\nx-ratelimit-reset-tokens: 1m0s", 60, 61)]
    public async Task TooManyRequests_WithATime_IsWaitedForInFullAndPausesTheInstance(string header, double earliest, double latest)
    {
        await using RawUpstream upstream = RefusingOnce(429, header);
        await using Rig rig = await StartAsync(upstream.BaseAddress);
        Task<HttpResponseMessage> call = rig.ChatAsync(Rig.Batch, "n");
        await WaitForSleepersAsync(rig, 1);

        Assert.Equal(earliest, Assert.Single(rig.Instances.All).Health.PauseLeft.TotalSeconds, 3);
        Task<HttpResponseMessage> other = rig.ChatAsync(Rig.Urgent, "other");
        await rig.WaitForDepthAsync(1);

        _clock.Advance(TimeSpan.FromSeconds(earliest - 0.01));
        await WaitForSleepersAsync(rig, 1);
        await rig.WaitForDepthAsync(1);
        Assert.False(call.IsCompleted || other.IsCompleted);

        _clock.Advance(TimeSpan.FromSeconds(latest - earliest + 0.02));
        Assert.Equal(("2", "1"), ((await call.Soon()).Header("x-gateway-attempts"), (await other.Soon()).Header("x-gateway-attempts")));
        await rig.AssertQuietAsync(2, 1);
    }

    [Theory]
    [InlineData(503, "Retry-After: 7", 7.7)]
    [InlineData(503, "x-a: b", 1)]
    [InlineData(429, "x-a: b", 1)]
    public async Task Capacity_NoProofOfALimit_SleepsAloneWithoutASlot(int status, string header, double latest)
    {
        await using RawUpstream upstream = RefusingOnce(status, header);
        await using Rig rig = await StartAsync(upstream.BaseAddress);
        Task<HttpResponseMessage> sleeper = rig.ChatAsync(Rig.Urgent, "n");
        await WaitForSleepersAsync(rig, 1);

        HttpResponseMessage other = await rig.ChatAsync(Rig.Batch, "other").Soon();

        Assert.Equal((HttpStatusCode.OK, false), (other.StatusCode, sleeper.IsCompleted));
        Assert.Null(Assert.Single(rig.Instances.All).Health.PausedUntil);
        _clock.Advance(TimeSpan.FromSeconds(latest));
        Assert.Equal(HttpStatusCode.OK, (await sleeper.Soon()).StatusCode);
        await rig.AssertQuietAsync(2, 1);
    }

    [Theory]
    [InlineData("caller", false)]
    [InlineData("instance", true)]
    public async Task TooManyRequests_OnACallersOwnKey_ConcernsThatCallerAlone(string whose, bool pauses)
    {
        await using RawUpstream upstream = RefusingOnce(429, "Retry-After: 7");
        await using Rig rig = await StartAsync(upstream.BaseAddress, instance: instance => instance with { ApiKey = whose == "instance" ? "sk-own" : null });

        Task<HttpResponseMessage> call = rig.SendAsync(rig.Request(
            Rig.Batch, HttpMethod.Post, "/v1/chat/completions", Rig.Json(Rig.ChatBody(Rig.Batch)), "Authorization: Bearer sk-caller"));
        await WaitForSleepersAsync(rig, 1);

        Assert.Equal(pauses, Assert.Single(rig.Instances.All).Health.PausedUntil is not null);
        _clock.Advance(TimeSpan.FromSeconds(7.7));
        Assert.Equal(HttpStatusCode.OK, (await call.Soon()).StatusCode);
        await rig.AssertQuietAsync(1, 1);
    }

    [Fact]
    public async Task TooManyRequests_WaitLongerThanTheCap_IsHandedBackAndLaterRequestsAreToldAtOnce()
    {
        await using RawUpstream upstream = RefusingOnce(429, "Retry-After: 61");
        await using Rig rig = await StartAsync(upstream.BaseAddress);

        HttpResponseMessage answer = await rig.ChatAsync(Rig.Batch, "n").Soon();
        HttpResponseMessage next = await rig.ChatAsync(Rig.Urgent, "next").Soon();

        Assert.Equal((429, "61", "", "{ \"busy\": 1 }"), ((int)answer.StatusCode, answer.Header("Retry-After"), answer.Header("x-should-retry"), await answer.TextAsync()));
        Assert.Equal((429, "61", "61000"), ((int)next.StatusCode, next.Header("Retry-After"), next.Header("retry-after-ms")));
        Assert.Equal("upstream_rate_limited", (await next.JsonAsync()).GetProperty("error").GetProperty("code").GetString());
        _clock.Advance(TimeSpan.FromSeconds(61));
        Assert.Equal(HttpStatusCode.OK, (await rig.ChatAsync(Rig.Batch, "later").Soon()).StatusCode);
        await rig.AssertQuietAsync(3, 1);
    }

    [Fact]
    public async Task TooManyRequests_WaitKnownFromItsWindowOnly_IsToldInMilliseconds()
    {
        await using RawUpstream upstream = RefusingOnce(429, "x-ratelimit-remaining-tokens: 0\r\nx-ratelimit-reset-tokens: 2m0s");
        await using Rig rig = await StartAsync(upstream.BaseAddress);

        HttpResponseMessage answer = await rig.ChatAsync(Rig.Batch, "n").Soon();

        Assert.Equal((429, "120000", ""), ((int)answer.StatusCode, answer.Header("retry-after-ms"), answer.Header("Retry-After")));
        await rig.AssertQuietAsync(1, 1);
    }

    [Fact]
    [Trait("req", "V2")]
    [Trait("req", "V7")]
    public async Task Venice_TooManyFailedAttempts_WaitsAsConfigured()
    {
        await using RawUpstream upstream = RefusingOnce(
            429, "x-ratelimit-reset-requests: 2", """{"error":"Too many failed attempts (> 20) resulting in a non-success status code."}""");
        await using Rig rig = await StartAsync(upstream.BaseAddress, instance: static instance => instance with { ProviderType = ProviderType.Venice });
        Task<HttpResponseMessage> call = rig.ChatAsync(Rig.Batch, "n");
        await WaitForSleepersAsync(rig, 1);

        _clock.Advance(TimeSpan.FromSeconds(29.9));
        await WaitForSleepersAsync(rig, 1);
        Assert.NotNull(Assert.Single(rig.Instances.All).Health.PausedUntil);
        _clock.Advance(TimeSpan.FromSeconds(1.2));

        Assert.Equal(("2", HttpStatusCode.OK), ((await call.Soon()).Header("x-gateway-attempts"), (await call).StatusCode));
        await rig.AssertQuietAsync(1, 1);
    }

    [Theory]
    [InlineData("1767225605", 5)]
    [InlineData("1767225605000", 5)]
    [InlineData("45", 45)]
    [Trait("req", "V2")]
    public async Task Venice_ResetRequests_IsWaitedFor(string reset, double seconds)
    {
        await using RawUpstream upstream = RefusingOnce(429, $"x-ratelimit-reset-requests: {reset}");
        await using Rig rig = await StartAsync(upstream.BaseAddress, instance: static instance => instance with { ProviderType = ProviderType.Venice });
        Task<HttpResponseMessage> call = rig.ChatAsync(Rig.Batch, "n");
        await WaitForSleepersAsync(rig, 1);

        Assert.Equal(seconds, Assert.Single(rig.Instances.All).Health.PauseLeft.TotalSeconds, 3);
        _clock.Advance(TimeSpan.FromSeconds(seconds + 1));

        Assert.Equal(HttpStatusCode.OK, (await call.Soon()).StatusCode);
        await rig.AssertQuietAsync(1, 1);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Trait("row", "U9")]
    [Trait("req", "P12")]
    public async Task CallerLeaves_WhileItsRetrySleeps_NothingIsSentAgain(bool stream)
    {
        await using Rig rig = await StartAsync(null);
        using var leave = new CancellationTokenSource();
        Task<HttpResponseMessage> call = rig.ChatAsync(Rig.Batch, "n", stream, ["status=503", "retry-after=5"], leave.Token);
        await WaitForSleepersAsync(rig, 1);

        await leave.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);

        AccessRecord record = Assert.Single(await rig.AssertQuietAsync(1, 1));
        Assert.Equal((Outcome.CallerGone, 1), (record.Outcome, record.Attempts));
        _clock.Advance(TimeSpan.FromSeconds(10));
        await rig.AssertQuietAsync(1, 1);
        Assert.Equal(1, rig.Upstream.Stats.Started);
    }

    [Fact]
    [Trait("row", "U9")]
    public async Task CallerLeaves_DuringTheSecondAttempt_ItIsAborted()
    {
        await using Rig rig = await StartAsync(null);
        using var leave = new CancellationTokenSource();
        Task<HttpResponseMessage> call = rig.ChatAsync(Rig.Batch, "held-n", knobs: ["status=503", "fail-times=1"], leave: leave.Token);
        await rig.WaitForLiveAsync(Rig.Batch, 1);
        rig.Held.Release("held-n");
        await WaitForSleepersAsync(rig, 1);
        rig.Held.Hold("held-n");
        _clock.Advance(TimeSpan.FromSeconds(1));
        await rig.WaitForLiveAsync(Rig.Batch, 1);

        await leave.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);

        AccessRecord record = Assert.Single(await rig.AssertQuietAsync(1, 1));
        Assert.Equal((Outcome.CallerGone, 2), (record.Outcome, record.Attempts));
        Assert.Equal(1, rig.Upstream.Stats.Aborted);
    }

    [Fact]
    public async Task QueueTimeout_PassesWhileItsRetrySleeps_TheLastAnswerIsHandedOn()
    {
        await using RawUpstream upstream = RefusingOnce(503, "Retry-After: 50");
        await using Rig rig = await StartAsync(upstream.BaseAddress, queueTimeout: TimeSpan.FromSeconds(20));
        Task<HttpResponseMessage> call = rig.ChatAsync(Rig.Batch, "n");
        await WaitForSleepersAsync(rig, 1);

        _clock.Advance(TimeSpan.FromSeconds(20));

        HttpResponseMessage answer = await call.Soon();
        Assert.Equal((503, "{ \"busy\": 1 }", ""), ((int)answer.StatusCode, await answer.TextAsync(), answer.Header("x-should-retry")));
        await rig.AssertQuietAsync(1, 1);
    }

    [Theory]
    [InlineData(false, 200, "2")]
    [InlineData(true, 429, "1")]
    [Trait("req", "V7")]
    public async Task Limited_WithATimeAndTheFailureBudgetSpent_WaitsUnlessItIsVenice(bool isVenice, int status, string attempts)
    {
        await using RawUpstream upstream = RefusingOnce(429, "Retry-After: 5");
        ProviderType provider = isVenice ? ProviderType.Venice : ProviderType.OpenAi;
        await using Rig rig = await StartAsync(upstream.BaseAddress, instance => instance with { ProviderType = provider }, failuresPer30s: 1);
        Task<HttpResponseMessage> call = rig.ChatAsync(Rig.Batch, "n");
        if (attempts == "2")
        {
            await WaitForSleepersAsync(rig, 1);
            _clock.Advance(TimeSpan.FromSeconds(6));
        }

        Assert.Equal((status, attempts), ((int)(await call.Soon()).StatusCode, (await call).Header("x-gateway-attempts")));
        await rig.AssertQuietAsync(1, 1);
    }

    /// <summary>Answers the first request so, all others well.</summary>
    private static RawUpstream RefusingOnce(int status, string headers, string body = "{ \"busy\": 1 }")
    {
        int count = 0;
        return RawUpstream.Start(async (connection, _) =>
        {
            string answer = Interlocked.Increment(ref count) == 1
                ? $"HTTP/1.1 {status} Later\r\n{headers}\r\nConnection: close\r\nContent-Length: {body.Length}\r\n\r\n{body}"
                : "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}";
            await connection.WriteAsync(Encoding.Latin1.GetBytes(answer));
            return RawUpstream.Closing.Orderly;
        });
    }

    private static Task<SchedulerSnapshot> WaitForSleepersAsync(Rig rig, int count) =>
        rig.WaitForSchedulerAsync(state => state.Tiers.Sum(static tier => tier.Sleeping) == count && state.Instances.All(static instance => instance.Running == 0));

    private Task<Rig> StartAsync(
        Uri? upstream, Func<InstanceOptions, InstanceOptions>? instance = null, TimeSpan? queueTimeout = null, int failuresPer30s = 8) => Rig.StartAsync(
        slots: 1,
        options => options with
        {
            Instances = [(instance ?? (static same => same))(upstream is null ? options.Instances[0] : GatewayHost.Instance(upstream, 1))],
            Retries = new RetryOptions { FailuresPer30s = failuresPer30s },
            Scheduling = options.Scheduling with { QueueTimeout = queueTimeout ?? options.Scheduling.QueueTimeout },
        },
        services => services.AddSingleton<TimeProvider>(_clock));
}
