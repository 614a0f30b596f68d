using System.Net;
using System.Text;
using Gateway.Configuration;
using Gateway.Recording;
using Gateway.Requests;
using Gateway.Tests.Support;
using Gateway.Upstreams;
using UpstreamSimulator;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>Two instances, one in trouble: the other takes over before the caller notices anything.</summary>
[Trait("req", "A6")]
[Trait("row", "U4")]
public class FailoverTests
{
    [Theory]
    [InlineData(Rig.Urgent, false)]
    [InlineData(Rig.Batch, true)]
    public async Task FirstRefusesConnections_OtherAnswersAtOnce(int tier, bool stream)
    {
        using var closed = new ClosedPort();
        await using Rig rig = await StartAsync(closed.Address);

        HttpResponseMessage answer = await rig.ChatAsync(tier, "n", stream).Soon();

        Assert.Equal((HttpStatusCode.OK, "other", "2"), (answer.StatusCode, answer.Header("x-gateway-instance"), answer.Header("x-gateway-attempts")));
        await answer.TextAsync();
        AccessRecord record = Assert.Single(await rig.AssertQuietAsync(1, 1));
        Assert.Equal((1, 0), (record.Retries, record.PossibleDuplicates));
        Assert.Equal(
            [("default", AttemptEnd.Failed, Outcome.UpstreamUnreachable), ("other", AttemptEnd.Answered, Outcome.Relayed)],
            record.Calls.Select(static call => (call.Instance, call.End, call.Outcome)));
        Assert.True(record.Calls[0].StartedAfter + record.Calls[0].Duration <= record.Calls[1].StartedAfter);
        Assert.Equal((1, 1), (rig.Instances.Find(0)!.Usage.Errors, rig.Instances.Find(1)!.Usage.Successes));
    }

    [Theory]
    [InlineData(429, "Retry-After: 30")]
    [InlineData(429, "x-a: b")]
    [InlineData(429, "Retry-After: 3600")]
    [InlineData(503, "x-a: b")]
    [InlineData(529, "x-a: b")]
    public async Task FirstIsBusy_OtherAnswersAtOnce(int status, string header)
    {
        await using RawUpstream busy = RawUpstream.Start($"HTTP/1.1 {status} Busy\r\n{header}\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{{}}");
        await using Rig rig = await StartAsync(busy.BaseAddress);

        HttpResponseMessage answer = await rig.ChatAsync(Rig.Urgent, "n").Soon();

        Assert.Equal((HttpStatusCode.OK, "other", "2"), (answer.StatusCode, answer.Header("x-gateway-instance"), answer.Header("x-gateway-attempts")));
        await rig.AssertQuietAsync(1, 1);
    }

    [Fact]
    [Trait("req", "M4")]
    public async Task FirstIsPaused_LaterRequestsDoNotTryIt()
    {
        List<string> requests = [];
        await using RawUpstream limited = RawUpstream.Start("HTTP/1.1 429 Busy\r\nRetry-After: 30\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}", requests);
        await using Rig rig = await StartAsync(limited.BaseAddress);

        for (int i = 0; i < 3; i++)
        {
            Assert.Equal("other", (await rig.ChatAsync(Rig.Batch, $"n{i}").Soon()).Header("x-gateway-instance"));
        }

        Assert.Single(requests);
        await rig.AssertQuietAsync(3, 1);
    }

    [Theory]
    [InlineData(true, "default")]
    [InlineData(false, "other")]
    public async Task ResetAfterAPostWasSent_OtherIsNotAsked(bool isPost, string expected)
    {
        await using RawUpstream resetting = RawUpstream.Start(static (_, _) => Task.FromResult(RawUpstream.Closing.Reset));
        await using Rig rig = await StartAsync(resetting.BaseAddress);

        HttpResponseMessage answer = isPost
            ? await rig.ChatAsync(Rig.Batch, "n").Soon()
            : await rig.SendAsync(rig.Request(Rig.Batch, HttpMethod.Get, "/v1/models")).Soon();

        Assert.Equal((isPost ? HttpStatusCode.BadGateway : HttpStatusCode.OK, expected), (answer.StatusCode, answer.Header("x-gateway-instance")));
        Assert.Equal(isPost ? 0 : 1, rig.Upstream.Stats.Started);
        await rig.AssertQuietAsync(1, 1);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 2)]
    [InlineData(5, 3)]
    public async Task AllRefuse_AsManyOthersAsConfigured_ThenTheLastError(int routingRetries, int attempts)
    {
        using var first = new ClosedPort();
        using var second = new ClosedPort();
        using var third = new ClosedPort();
        await using Rig rig = await Rig.StartAsync(1, options => options with
        {
            Instances = [Instance(first.Address, "a", 1), Instance(second.Address, "b", 2), Instance(third.Address, "c", 3)],
            Routing = new RoutingOptions { Retries = routingRetries },
        });

        HttpResponseMessage answer = await rig.ChatAsync(Rig.Batch, "n").Soon();

        Assert.Equal((HttpStatusCode.BadGateway, attempts > 1 ? "false" : ""), (answer.StatusCode, answer.Header("x-should-retry")));
        Assert.Equal("upstream_unreachable", (await answer.JsonAsync()).GetProperty("error").GetProperty("code").GetString());
        Assert.Equal(attempts, Assert.Single(await rig.AssertQuietAsync(1, 1)).Attempts);
    }

    [Fact]
    [Trait("req", "M4")]
    public async Task FirstIsBusyOtherCannotBeReached_TheLastAnswerIsHandedOn()
    {
        using var closed = new ClosedPort();
        await using RawUpstream busy = RawUpstream.Start("HTTP/1.1 503 Busy\r\nConnection: close\r\nContent-Length: 9\r\n\r\n{ \"a\": 1}");
        await using Rig rig = await Rig.StartAsync(1, options => options with { Instances = [Instance(busy.BaseAddress, "a", 1), Instance(closed.Address, "b", 2)] });

        HttpResponseMessage answer = await rig.ChatAsync(Rig.Batch, "n").Soon();

        Assert.Equal((503, "{ \"a\": 1}", "false", "2"), (
            (int)answer.StatusCode, await answer.TextAsync(), answer.Header("x-should-retry"), answer.Header("x-gateway-attempts")));
        await rig.AssertQuietAsync(1, 1);
    }

    [Fact]
    public async Task BodyCutOnItsWayUp_OtherGetsTheWholeBody()
    {
        // Far more than the sockets in between can hold, so that the reset comes while it is being written.
        string json = $$"""{"model":"batch","messages":[{"role":"user","content":"{{new string('x', 20_000_000)}}"}]}""";
        await using RawUpstream cutting = RawUpstream.Start(static (_, _) => Task.FromResult(RawUpstream.Closing.Reset), readBody: false);
        await using Rig rig = await StartAsync(cutting.BaseAddress);

        HttpResponseMessage answer = await rig.SendAsync(rig.Request(Rig.Batch, HttpMethod.Post, "/v1/chat/completions", Rig.Json(json))).Soon();

        Assert.Equal((HttpStatusCode.OK, "other"), (answer.StatusCode, answer.Header("x-gateway-instance")));
        Assert.Equal(json.Length, Assert.Single(rig.Upstream.Requests).BodyLength);
        Assert.Equal(0, Assert.Single(await rig.AssertQuietAsync(1, 1)).PossibleDuplicates);
    }

    private static InstanceOptions Instance(Uri address, string name, int priority) => GatewayHost.Instance(address, 1, name) with { Priority = priority };

    /// <summary>The instance in trouble comes first; the simulator is the other.</summary>
    [Fact]
    [Trait("req", "A8")]
    public async Task DisabledBetweenGrantAndAttempt_OtherAnswers()
    {
        await using Rig rig = await Rig.StartAsync(1, static options => options with
        {
            Instances = [options.Instances[0] with { Priority = 1 }, options.Instances[0] with { Name = "other", Priority = 2 }],
        });
        Task<HttpResponseMessage>[] held = await rig.HoldAsync(Rig.Batch, 2);
        Task<HttpResponseMessage> waiting = rig.ChatAsync(Rig.Batch, "n");
        await rig.WaitForDepthAsync(1);

        // The table knows it already, the scheduler does not yet: it grants a slot that is no more.
        GatewayOptions current = rig.Gateway.Options.Current;
        rig.Instances.Apply(current with { Instances = [current.Instances[0] with { Enabled = false }, current.Instances[1]] });
        rig.Held.ReleaseAll();

        HttpResponseMessage answer = await waiting.Soon();
        Assert.Equal((HttpStatusCode.OK, "other"), (answer.StatusCode, answer.Header("x-gateway-instance")));
        await Task.WhenAll(held).Soon();
        await rig.AssertQuietAsync(3, 2);
        Assert.Equal(3, rig.Upstream.Stats.BillableStarts);
    }

    private static Task<Rig> StartAsync(Uri inTrouble) => Rig.StartAsync(1, options => options with
    {
        Instances = [Instance(inTrouble, "default", 1), options.Instances[0] with { Name = "other", Priority = 2 }],
        Retries = new RetryOptions(),
    });
}
