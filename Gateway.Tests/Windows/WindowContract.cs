using System.Net;
using Gateway.Configuration;
using Gateway.Scheduling;
using Gateway.Tests.Support;
using Gateway.Upstreams;
using Xunit;

namespace Gateway.Tests.Windows;

/// <summary>What token windows promise, wherever they are kept.</summary>
[Trait("req", "A5")]
public abstract class WindowContract
{
    private protected abstract TimeSpan Length { get; }

    private protected abstract Task<WindowRig> StartAsync(int?[] maxTpm, Func<GatewayOptions, GatewayOptions>? configure = null);

    /// <summary>Lets time pass.</summary>
    private protected abstract Task PassAsync(TimeSpan time);

    [Fact]
    public async Task OneIsFull_OtherIsTaken()
    {
        await using WindowRig rig = await StartAsync([25_000, 25_000]);

        string[] served = new string[4];
        for (int i = 0; i < served.Length; i++)
        {
            HttpResponseMessage answer = await rig.SpendAsync(Rig.Urgent, 10_000).Soon();
            Assert.Equal((HttpStatusCode.OK, "1"), (answer.StatusCode, answer.Header("x-gateway-attempts")));
            served[i] = answer.Header("x-gateway-instance");
        }

        Assert.Equal(["a", "a", "b", "b"], served);
        Assert.Equal((20_000, 20_000), (await rig.UsedAsync(0), await rig.UsedAsync(1)));
        await rig.AssertQuietAsync();
    }

    /// <summary>The control of all others: without a window nothing of it happens.</summary>
    [Fact]
    public async Task TurnedOff_NothingIsFull()
    {
        await using WindowRig rig = await StartAsync([25_000], static options => options with { Instances = [options.Instances[0] with { RateLimitEnabled = false }] });

        for (int i = 0; i < 4; i++)
        {
            Assert.Equal(HttpStatusCode.OK, (await rig.SpendAsync(Rig.Batch, 30_000).Soon()).StatusCode);
        }

        Assert.Null(await rig.Windows.UsedAsync(rig.Instances.Find(0)!));
    }

    [Fact]
    public async Task AllAreFull_WaitsWithoutASlotAndIsServedWhenTheWindowMoves()
    {
        await using WindowRig rig = await StartAsync([25_000]);
        await rig.SpendAsync(Rig.Urgent, 10_000).Soon();
        await PassAsync(Length / 2);
        await rig.SpendAsync(Rig.Urgent, 10_000).Soon();

        Task<HttpResponseMessage> waits = rig.SpendAsync(Rig.Urgent, 10_000);
        await rig.WaitingAsync(1);
        Assert.Equal(2, rig.Upstream.Stats.Started);

        await PassAsync((Length / 2) + (Length / 50));
        HttpResponseMessage answer = await waits.Soon();
        Assert.Equal((HttpStatusCode.OK, "1"), (answer.StatusCode, answer.Header("x-gateway-attempts")));
        Assert.Equal(20_000, await rig.UsedAsync());
        await rig.AssertQuietAsync();
    }

    [Fact]
    public async Task Tiers_EachLeavesItsPartToTheMoreUrgent()
    {
        await using WindowRig rig = await StartAsync([100_000]);
        int passed = 0;
        foreach ((int tier, int most) in new[] { (Rig.Batch, 8), (Rig.Normal, 9), (Rig.Urgent, 10) })
        {
            for (; passed < most; passed++)
            {
                Assert.Equal(HttpStatusCode.OK, (await rig.SpendAsync(tier, 10_000).Soon()).StatusCode);
            }

            _ = rig.SpendAsync(tier, 10_000);
            await rig.WaitingAsync(1 + ((most - 8) * 1));
            Assert.Equal(most * 10_000, await rig.UsedAsync());
        }

        Assert.Equal(10, rig.Upstream.Stats.Started);
    }

    [Fact]
    public async Task Refund_OfACallThatCostLess_LetsTheNextInBeforeItsTime()
    {
        await using WindowRig rig = await StartAsync([25_000]);
        Task<HttpResponseMessage> held = rig.HoldAsync(Rig.Urgent, 20_000, "held");
        await rig.Upstream.WaitUntil(static stats => stats.Live == 1, Rig.Guard);
        Assert.Equal(20_000 + rig.PromptTokens, await rig.UsedAsync());
        Task<HttpResponseMessage> waits = rig.SpendAsync(Rig.Urgent, 10_000);
        await rig.UntilAsync(static state => state.Tiers[0] is { Depth: 1, Running: 1, Deferred: >= 1 });

        rig.Held.Release("held");

        await held.Soon();
        Assert.Equal(HttpStatusCode.OK, (await waits.Soon()).StatusCode);
        Assert.InRange(await rig.UsedAsync(), 10_000, 11_000);
        await rig.AssertQuietAsync();
    }

    [Theory]
    [InlineData("429", false)]
    [InlineData("400", false)]
    [InlineData("401", false)]
    [InlineData("500", true)]
    public async Task Refund_OfARefusal_IsAllOfIt(string status, bool keepsPrompt)
    {
        await using WindowRig rig = await StartAsync([25_000]);

        Assert.Equal(int.Parse(status, null), (int)(await rig.ChatAsync(Rig.Urgent, 20_000, $"x-sim-status: {status}").Soon()).StatusCode);

        await Eventually.TrueAsync(async () => await rig.UsedAsync() == (keepsPrompt ? rig.PromptTokens : 0));
        await rig.AssertQuietAsync();
    }

    [Fact]
    public async Task Refund_OfACallThatReachedNobody_IsAllOfIt()
    {
        using var closed = new ClosedPort();
        await using WindowRig rig = await StartAsync([25_000], options => options with { Instances = [options.Instances[0] with { ApiBase = closed.Address }] });

        Assert.Equal(HttpStatusCode.BadGateway, (await rig.ChatAsync(Rig.Urgent, 20_000).Soon()).StatusCode);

        await Eventually.TrueAsync(async () => await rig.UsedAsync() == 0);
    }

    [Fact]
    public async Task Interrupted_Call_CountsForItsPrompt()
    {
        await using WindowRig rig = await StartAsync([50_000], static options => options with { Instances = [options.Instances[0] with { MaxConcurrency = 1 }] });
        Task<HttpResponseMessage> batch = rig.HoldAsync(Rig.Batch, 10_000, "held-batch");
        await rig.Upstream.WaitUntil(static stats => stats.Live == 1, Rig.Guard);

        Assert.Equal(HttpStatusCode.OK, (await rig.SpendAsync(Rig.Urgent, 10_000).Soon()).StatusCode);

        await rig.Upstream.WaitUntil(static stats => stats.Started == 3, Rig.Guard);
        Assert.Equal(rig.PromptTokens + 10_000 + 10_000 + rig.PromptTokens, await rig.UsedAsync());
        rig.Held.Release("held-batch");
        await batch.Soon();
        await rig.AssertQuietAsync();
    }

    [Fact]
    public async Task Azure_AnsweredCall_KeepsItsEstimate()
    {
        await using WindowRig rig = await StartAsync([25_000], static options => options with { Instances = [options.Instances[0] with { ProviderType = ProviderType.Azure, ApiVersion = "v1" }] });

        await rig.ChatAsync(Rig.Urgent, 10_000 - rig.PromptTokens, "x-used: 100").Soon();

        Assert.Equal(10_000, await rig.UsedAsync());
    }

    [Fact]
    [Trait("req", "V2")]
    public async Task Reconcile_OthersUseTheInstance_TheirPartIsBookedUntilTheReset()
    {
        await using WindowRig rig = await StartAsync([100_000]);

        await rig.SpendAsync(Rig.Urgent, 10_000, "x-left: 5000", $"x-reset: {Length.TotalMilliseconds / 4}ms").Soon();
        await Eventually.TrueAsync(async () => await rig.UsedAsync() == 95_000);

        // More is not believed.
        await rig.SpendAsync(Rig.Urgent, 1000, "x-left: 99000").Soon();
        Assert.Equal(96_000, await rig.UsedAsync());

        Task<HttpResponseMessage> waits = rig.SpendAsync(Rig.Urgent, 10_000);
        await rig.WaitingAsync(1);
        await PassAsync((Length / 4) + (Length / 50));
        await waits.Soon();
        Assert.Equal(21_000, await rig.UsedAsync());
    }

    [Fact]
    public async Task Storm_HundredWait_EachOpeningAsksOnlyOnce()
    {
        await using WindowRig rig = await StartAsync([25_000]);
        await rig.SpendAsync(Rig.Urgent, 20_000).Soon();
        Task<HttpResponseMessage>[] waiting = [.. Enumerable.Range(0, 100).Select(_ => rig.SpendAsync(Rig.Urgent, 10_000))];
        SchedulerSnapshot before = await rig.WaitingAsync(100);
        Assert.InRange(before.Tiers[0].Deferred, 1, 100);

        await PassAsync(Length + (Length / 50));

        await Eventually.TrueAsync(() => waiting.Count(static call => call.IsCompletedSuccessfully) == 2);
        SchedulerSnapshot after = await rig.WaitingAsync(98);
        Assert.InRange(after.Tiers[0].Granted - before.Tiers[0].Granted, 3, 3 + (int)Length.TotalSeconds + 2);
    }

    [Fact]
    public async Task ClosedToTheWaiter_NobodyIsInterruptedForIt()
    {
        await using WindowRig rig = await StartAsync([25_000], static options => options with { Instances = [options.Instances[0] with { MaxConcurrency = 2 }] });
        Task<HttpResponseMessage> batch = rig.HoldAsync(Rig.Batch, 15_000, "held-batch");
        await rig.Upstream.WaitUntil(static stats => stats.Live == 1, Rig.Guard);
        Task<HttpResponseMessage> first = rig.SpendAsync(Rig.Urgent, 15_000);
        await rig.UntilAsync(static state => state.Tiers[0] is { Depth: 1, Deferred: >= 1 });

        Task<HttpResponseMessage> second = rig.SpendAsync(Rig.Urgent, 15_000);

        SchedulerSnapshot state = await rig.UntilAsync(static state => state.Tiers[0].Depth == 2);
        Assert.Equal((0L, 1), (state.Tiers[2].Preempted, state.Tiers[2].Running));
        rig.Held.Release("held-batch");
        await batch.Soon();
        await first.Soon();
        await rig.WaitingAsync(1);
        _ = second;
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Reload_LargerOrNoWindow_LetsTheWaitingInAtOnce(bool larger)
    {
        await using WindowRig rig = await StartAsync([25_000]);
        await rig.SpendAsync(Rig.Urgent, 20_000).Soon();
        Task<HttpResponseMessage> waits = rig.SpendAsync(Rig.Urgent, 20_000);
        await rig.WaitingAsync(1);
        GatewayOptions options = rig.Gateway.Options.Current;

        rig.Gateway.Options.Publish(options with
        {
            Instances = [larger ? options.Instances[0] with { MaxTpm = 50_000 } : options.Instances[0] with { RateLimitEnabled = false }],
        });

        Assert.Equal(HttpStatusCode.OK, (await waits.Soon()).StatusCode);
        await rig.AssertQuietAsync();
    }
}
