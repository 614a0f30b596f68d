using System.Globalization;
using System.Net;
using Gateway.Configuration;
using Gateway.Tests.Support;
using UpstreamSimulator;
using Xunit;

namespace Gateway.Tests.Upstreams;

[Trait("row", "A7")]
public class ReloadTrafficTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Reload_KeysUnderTraffic_SwapsThemWhole()
    {
        const int Reloads = 100;
        await using StageFixture fixture = await StageFixture.StartAsync(static options => WithMapping(options, 0));
        int published = 0;
        Task<int>[] callers = [.. Enumerable.Range(0, 3).Select(_ => CallAsync())];
        for (int i = 1; i <= Reloads; i++)
        {
            fixture.Gateway.Options.Publish(WithMapping(fixture.Gateway.Options.Current, i));
            Volatile.Write(ref published, i);
            await Task.Yield();
        }

        int answered = (await Task.WhenAll(callers).WaitAsync(StageFixture.Guard, Cancel)).Sum();
        await fixture.AssertIdleAsync(records: answered);

        // Every request was let in and sent on under one and the same configuration: the key's number is its upstream key's.
        Assert.Equal(answered, fixture.Upstream.Requests.Count);
        Assert.All(fixture.Upstream.Requests, static sent =>
            Assert.Equal($"Bearer upstream-{sent.Header("x-number")[0]}", Assert.Single(sent.Header("Authorization"))));

        async Task<int> CallAsync()
        {
            for (int calls = 1; ; calls++)
            {
                int number = Volatile.Read(ref published);
                using HttpResponseMessage answer = await fixture.PostChatAsync(
                    ("Authorization", $"Bearer client-{number}"), ("x-number", number.ToString(CultureInfo.InvariantCulture)));
                if (answer.StatusCode == HttpStatusCode.Unauthorized)
                {
                    // Revoked between our look and its arrival; nothing of it went upstream.
                    Assert.True(Volatile.Read(ref published) > number || number < Reloads);
                    calls--;
                    continue;
                }

                Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
                if (number == Reloads)
                {
                    return calls;
                }
            }
        }
    }

    [Fact]
    public async Task Reload_KeyRevoked_IsRefusedFromThenOn()
    {
        await using StageFixture fixture = await StageFixture.StartAsync(static options => WithMapping(options, 1));
        using HttpResponseMessage before = await fixture.PostChatAsync(("Authorization", "Bearer client-1"));

        fixture.Gateway.Options.Publish(WithMapping(fixture.Gateway.Options.Current, 2));
        using HttpResponseMessage old = await fixture.PostChatAsync(("Authorization", "Bearer client-1"));
        using HttpResponseMessage renewed = await fixture.PostChatAsync(("Authorization", "Bearer client-2"));

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.Unauthorized, HttpStatusCode.OK), (before.StatusCode, old.StatusCode, renewed.StatusCode));
    }

    [Fact]
    public async Task Reload_InstanceAddedAndRemoved_TakesEffectAtOnce()
    {
        await using StageFixture fixture = await StageFixture.StartAsync(static options => options with
        {
            Instances = [options.Instances[0] with { SupportedModels = ["other"] }],
        });
        await using SimulatorHost second = await SimulatorApp.StartAsync(new SimulatorOptions { Port = 0 });
        GatewayOptions before = fixture.Gateway.Options.Current;
        GatewayOptions with = before with { Instances = [GatewayHost.Instance(second.BaseAddress, 1, "second"), before.Instances[0]] };

        Assert.Equal(HttpStatusCode.NotFound, await ChatAsync(fixture));
        fixture.Gateway.Options.Publish(with);
        Assert.Equal(HttpStatusCode.OK, await ChatAsync(fixture));
        fixture.Gateway.Options.Publish(before);
        Assert.Equal(HttpStatusCode.NotFound, await ChatAsync(fixture));
        fixture.Gateway.Options.Publish(with);
        Assert.Equal(HttpStatusCode.OK, await ChatAsync(fixture));

        Assert.Equal((0L, 2L), (fixture.Upstream.Stats.Started, second.Stats.Started));
    }

    [Fact]
    public async Task Reload_MoreSlots_LetsTheQueueRun()
    {
        await using StageFixture fixture = await StageFixture.StartAsync(slots: 1);
        var held = new HeldStream(fixture.Upstream);
        Task<HttpResponseMessage> first = fixture.PostChatAsync();
        Task<HttpResponseMessage> second = fixture.PostChatAsync();
        await fixture.Upstream.WaitUntil(static stats => stats.Live == 1, StageFixture.Guard);

        GatewayOptions options = fixture.Gateway.Options.Current;
        fixture.Gateway.Options.Publish(options with { Instances = [options.Instances[0] with { MaxConcurrency = 2 }] });

        await fixture.Upstream.WaitUntil(static stats => stats.Live == 2, StageFixture.Guard);
        held.End();
        foreach (Task<HttpResponseMessage> call in new[] { first, second })
        {
            using HttpResponseMessage answer = await call.WaitAsync(StageFixture.Guard, Cancel);
            Assert.EndsWith("[DONE]\n\n", await answer.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
        }

        await fixture.AssertIdleAsync(records: 2);
    }

    [Fact]
    public async Task Reload_SmallerBodyLimit_HoldsForTheNextRequest()
    {
        await using StageFixture fixture = await StageFixture.StartAsync();
        Assert.Equal(HttpStatusCode.OK, await ChatAsync(fixture));

        GatewayOptions options = fixture.Gateway.Options.Current;
        fixture.Gateway.Options.Publish(options with { Limits = options.Limits with { MaxBodyBytes = 10 } });

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, await ChatAsync(fixture));
    }

    private static async Task<HttpStatusCode> ChatAsync(StageFixture fixture)
    {
        using HttpResponseMessage answer = await fixture.PostChatAsync();
        return answer.StatusCode;
    }

    private static GatewayOptions WithMapping(GatewayOptions options, int number) => options with
    {
        ApiKeyMapping = new Dictionary<string, string> { [$"client-{number}"] = $"upstream-{number}" },
        Instances = [options.Instances[0] with { ApiKey = "ours" }],
    };
}
