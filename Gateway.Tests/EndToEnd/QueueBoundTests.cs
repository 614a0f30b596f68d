using System.Globalization;
using System.Net;
using System.Text.Json;
using Gateway.Configuration;
using Gateway.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>How many calls run, how many may wait, and what the others are told.</summary>
public class QueueBoundTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(8)]
    [Trait("req", "P9")]
    public async Task MaxConcurrency_MoreCallsArrive_UpstreamSeesNoMoreAtOnce(int slots)
    {
        // 8 is what an instance has that says nothing.
        await using Rig rig = await Rig.StartAsync(slots, options => slots == 8
            ? options with { Instances = [new InstanceOptions { Name = "default", ApiBase = options.Instances[0].ApiBase }] }
            : options);
        Task<HttpResponseMessage>[] calls = [.. Enumerable.Range(0, 3 * slots).Select(i => rig.ChatAsync(i % 3, $"held-{i}"))];
        await rig.WaitUntil(stats => stats.Live == slots);
        await rig.WaitForDepthAsync(2 * slots);

        for (int i = 0; i < calls.Length; i++)
        {
            rig.Held.Release($"held-{i}");
        }

        await Task.WhenAll(calls).Soon();
        Assert.Equal(slots, rig.Upstream.Stats.MaxLive);
        await rig.AssertQuietAsync(3 * slots, slots);
    }

    [Theory]
    [InlineData(1, 90)]
    [InlineData(3, 30)]
    [Trait("req", "P10")]
    [Trait("row", "S6")]
    public async Task QueueFull_CallArrives_429TellsTheRealWait(int slots, int expectedSeconds)
    {
        var clock = new ManualTimeProvider();
        await using Rig rig = await Rig.StartAsync(
            slots,
            static options => options with { Scheduling = options.Scheduling with { MaxQueueLength = 2 } },
            services => services.AddSingleton<TimeProvider>(clock));

        // A call is known to take 30 s, so the third in a queue of one slot waits for 3 of them.
        Task<HttpResponseMessage> known = rig.ChatAsync(Rig.Batch, "held-known");
        await rig.WaitForLiveAsync(Rig.Batch, 1);
        clock.Advance(TimeSpan.FromSeconds(30));
        rig.Held.Release("held-known");
        await known.Soon();
        await rig.WaitForSchedulerAsync(static state => state.Items.Count == 0);

        Task<HttpResponseMessage>[] running = await rig.HoldAsync(Rig.Batch, slots);
        Task<HttpResponseMessage> second = rig.ChatAsync(Rig.Batch, "second");
        Task<HttpResponseMessage> third = rig.ChatAsync(Rig.Batch, "third");
        await rig.WaitForDepthAsync(2);
        HttpResponseMessage refused = await rig.ChatAsync(Rig.Batch, "refused").Soon();

        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.Equal(expectedSeconds.ToString(CultureInfo.InvariantCulture), refused.Header("Retry-After"));
        Assert.Equal((expectedSeconds * 1000).ToString(CultureInfo.InvariantCulture), refused.Header("retry-after-ms"));
        JsonElement error = (await refused.JsonAsync()).GetProperty("error");
        Assert.Equal("rate_limit_exceeded", error.GetProperty("code").GetString());
        Assert.Equal(["message", "type", "param", "code"], error.EnumerateObject().Select(static property => property.Name));

        rig.Held.ReleaseAll();
        await Task.WhenAll([.. running, second, third]).Soon();
        Assert.DoesNotContain("refused", rig.Upstream.Calls.Select(static call => call.Nonce));
        await rig.AssertQuietAndBilledAsync(slots + 4, slots);
    }

    [Fact]
    [Trait("req", "P10")]
    public async Task QueueFull_NothingIsKnownYet_RetryAfterIsAtLeastOneSecond()
    {
        await using Rig rig = await Rig.StartAsync(1, static options => options with { Scheduling = options.Scheduling with { MaxQueueLength = 1 } });
        Task<HttpResponseMessage>[] running = await rig.HoldAsync(Rig.Urgent, 1);
        Task<HttpResponseMessage> waiting = rig.ChatAsync(Rig.Urgent, "waiting");
        await rig.WaitForDepthAsync(1);

        HttpResponseMessage refused = await rig.ChatAsync(Rig.Urgent, "refused").Soon();

        Assert.Equal((HttpStatusCode.TooManyRequests, "1"), (refused.StatusCode, refused.Header("Retry-After")));

        // Each tier has a queue of its own: another one's is not full.
        Task<HttpResponseMessage> other = rig.ChatAsync(Rig.Batch, "other");
        await rig.WaitForDepthAsync(2);
        rig.Held.ReleaseAll();
        await Task.WhenAll([.. running, waiting, other]).Soon();
        await rig.AssertQuietAndBilledAsync(4, 1);
    }

    [Fact]
    [Trait("req", "P10")]
    [Trait("row", "S6")]
    public async Task QueueBytesFull_CallArrives_429AndTheRestIsServed()
    {
        await using Rig rig = await Rig.StartAsync(1, static options => options with { Scheduling = options.Scheduling with { MaxQueueBytes = 100_000 } });
        Task<HttpResponseMessage>[] running = await rig.HoldAsync(Rig.Urgent, 1);
        string body = $$"""{"model":"batch","messages":[],"pad":"{{new string('x', 60_000)}}"}""";
        Task<HttpResponseMessage> waiting = rig.SendAsync(rig.Request(Rig.Batch, HttpMethod.Post, "/v1/chat/completions", Rig.Json(body)));
        await rig.WaitForDepthAsync(1);

        HttpResponseMessage refused = await rig.SendAsync(rig.Request(Rig.Batch, HttpMethod.Post, "/v1/chat/completions", Rig.Json(body))).Soon();

        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        rig.Held.ReleaseAll();
        await Task.WhenAll([.. running, waiting]).Soon();
        await rig.AssertQuietAndBilledAsync(3, 1);
    }

    [Fact]
    [Trait("req", "P10")]
    public async Task Preempted_QueueIsFull_IsTakenBackAllTheSame()
    {
        await using Rig rig = await Rig.StartAsync(1, static options => options with { Scheduling = options.Scheduling with { MaxQueueLength = 1 } });
        Task<HttpResponseMessage>[] low = await rig.FillAsync(Rig.Batch, 1);
        Task<HttpResponseMessage> waiting = rig.ChatAsync(Rig.Batch, "waiting");
        await rig.WaitForDepthAsync(1);

        HttpResponseMessage high = await rig.ChatAsync(Rig.Urgent, "high").Soon();

        Assert.Equal(HttpStatusCode.OK, high.StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await low[0].Soon()).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await waiting.Soon()).StatusCode);
        await rig.AssertQuietAndBilledAsync(3, 1);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [Trait("req", "P10")]
    [Trait("row", "S6")]
    [Trait("row", "S7")]
    public async Task Queued_LongerThanTheTierAllows_503AndNeverSent(int slots)
    {
        await using Rig rig = await Rig.StartAsync(
            slots, static options => options with { Scheduling = options.Scheduling with { QueueTimeout = TimeSpan.FromMilliseconds(100) } });
        Task<HttpResponseMessage>[] running = await rig.HoldAsync(Rig.Normal, slots);

        HttpResponseMessage expired = await rig.ChatAsync(Rig.Batch, "expired").Soon();

        Assert.Equal(HttpStatusCode.ServiceUnavailable, expired.StatusCode);
        Assert.InRange(int.Parse(expired.Header("Retry-After"), CultureInfo.InvariantCulture), 1, int.MaxValue);
        Assert.Equal("queue_timeout", (await expired.JsonAsync()).GetProperty("error").GetProperty("code").GetString());
        await AssertNeverSentAsync(rig, running, "expired", slots);
    }

    [Theory]
    [InlineData("x-stainless-timeout: 0.1")]
    [InlineData("x-stainless-timeout: 1")]
    [InlineData("x-stainless-read-timeout: 0.1")]
    [InlineData("x-stainless-timeout: 3600", "x-stainless-read-timeout: 0.1")]
    [InlineData("x-stainless-timeout: 0.1", "x-stainless-read-timeout: 3600.0")]
    [InlineData("x-stainless-timeout: soon", "x-stainless-read-timeout: 0.1")]
    [Trait("req", "P10")]
    [Trait("row", "S7")]
    public async Task Queued_BeyondTheCallersOwnDeadline_504AndNeverSent(params string[] deadlines)
    {
        await using Rig rig = await Rig.StartAsync();
        Task<HttpResponseMessage>[] running = await rig.HoldAsync(Rig.Normal, 1);

        HttpResponseMessage expired = await rig.SendAsync(rig.Request(Rig.Batch, HttpMethod.Post, "/v1/chat/completions",
            Rig.Json(Rig.ChatBody(Rig.Batch)), ["x-sim-nonce: expired", .. deadlines])).Soon();

        Assert.Equal(HttpStatusCode.GatewayTimeout, expired.StatusCode);
        Assert.Equal("deadline_exceeded", (await expired.JsonAsync()).GetProperty("error").GetProperty("code").GetString());
        await AssertNeverSentAsync(rig, running, "expired", 1);
    }

    [Fact]
    [Trait("req", "P10")]
    [Trait("row", "S7")]
    public async Task Preempted_CallersDeadlinePassesInTheQueue_504AndNotSentAgain()
    {
        await using Rig rig = await Rig.StartAsync();
        Task<HttpResponseMessage> low = rig.SendAsync(rig.Request(Rig.Batch, HttpMethod.Post, "/v1/chat/completions",
            Rig.Json(Rig.ChatBody(Rig.Batch)), "x-sim-nonce: low", "x-sim-fail: hang", "x-stainless-timeout: 1"));
        await rig.WaitUntil(static stats => stats.BillableStarts == 1);
        Task<HttpResponseMessage>[] high = await rig.HoldAsync(Rig.Urgent, 1);

        Assert.Equal(HttpStatusCode.GatewayTimeout, (await low.Soon()).StatusCode);

        rig.Held.ReleaseAll();
        await Task.WhenAll(high).Soon();
        Assert.Single(rig.Upstream.Calls, static call => call.Nonce == "low");
        await rig.AssertQuietAndBilledAsync(2, 1);
    }

    private static async Task AssertNeverSentAsync(Rig rig, Task<HttpResponseMessage>[] running, string nonce, int slots)
    {
        rig.Held.ReleaseAll();
        await Task.WhenAll(running).Soon();
        Assert.DoesNotContain(nonce, rig.Upstream.Calls.Select(static call => call.Nonce));
        await rig.AssertQuietAndBilledAsync(running.Length + 1, slots);
    }
}
