using Gateway.Configuration;
using Gateway.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>A reload brings other upstreams while requests are under way: no answer is kept as one of upstreams that did not give it.</summary>
[Trait("row", "T2")]
public class CacheReloadTests
{
    [Fact]
    public async Task Reload_OtherUpstreamWhileRequestsWait_ItsAnswerIsForThemAlone()
    {
        await using Rig rig = await Rig.StartAsync(configure: static options => WithAccount(CacheCalls.On(options), "old"));
        GatewayOptions before = rig.Gateway.Options.Current;
        Task<HttpResponseMessage> running = rig.CachedChatAsync("x", nonce: "held");
        await rig.WaitUntil(static stats => stats.Live == 1);
        Task<HttpResponseMessage>[] waiting = [rig.EmbedAsync("a"), rig.EmbedAsync("a")];
        await rig.WaitForSharedAsync(3);
        await rig.WaitForDepthAsync(1);

        rig.Gateway.Options.Edit(static options => WithAccount(options, "new"));
        rig.Held.ReleaseAll();
        await running.ReadAsync("MISS");
        byte[][] answers = await Task.WhenAll(waiting.Select(static call => call.ReadAsync("MISS")));

        Assert.Equal(answers[0], answers[1]);
        Assert.Equal(["Bearer old", "Bearer new"], Keys(rig));

        // Back to the old ones: they have answered the one question, not the other.
        rig.Gateway.Options.Publish(before);
        await rig.CachedChatAsync("x").ReadAsync("HIT");
        await rig.EmbedAsync("a").ReadAsync("MISS");
        await rig.EmbedAsync("a").ReadAsync("HIT");
    }

    [Fact]
    public async Task Reload_NotYetAtTheInstances_AnswerOfTheOldUpstreamIsNotKeptAsTheNewOnes()
    {
        // The first to hear of a reload, so that what waits here keeps it from all others.
        using var heard = new SemaphoreSlim(0);
        using var goOn = new SemaphoreSlim(0);
        await using Rig rig = await Rig.StartAsync(configure: static options => WithAccount(CacheCalls.On(options), "old"), customise: services =>
        {
            var options = (OptionsSnapshot)services.Single(static service => service.ServiceType == typeof(OptionsSnapshot)).ImplementationInstance!;
            options.Changed += _ =>
            {
                heard.Release();
                Assert.True(goOn.Wait(Rig.Guard, Rig.Cancel));
            };
        });
        GatewayOptions next = WithAccount(rig.Gateway.Options.Current, "new");
        Task reload = Task.Run(() => rig.Gateway.Options.Publish(next), Rig.Cancel);
        await heard.WaitAsync(Rig.Guard, Rig.Cancel);
        await rig.EmbedAsync("a").ReadAsync("MISS");
        goOn.Release();
        await reload.Soon();

        await rig.EmbedAsync("a").ReadAsync("MISS");
        await rig.EmbedAsync("a").ReadAsync("HIT");

        Assert.Equal(["Bearer old", "Bearer new"], Keys(rig));
    }

    [Fact]
    public async Task Reload_SameUpstreamsWhileARequestWaits_AnswerIsKept()
    {
        await using Rig rig = await Rig.StartAsync(configure: static options => WithAccount(CacheCalls.On(options), "old"));
        Task<HttpResponseMessage> running = rig.CachedChatAsync("x", nonce: "held");
        await rig.WaitUntil(static stats => stats.Live == 1);
        Task<HttpResponseMessage> waiting = rig.EmbedAsync("a");
        await rig.WaitForDepthAsync(1);

        rig.Gateway.Options.Edit(static options => options with { Instances = [options.Instances[0] with { Weight = 7, MaxConcurrency = 2 }] });
        await waiting.ReadAsync("MISS");
        rig.Held.ReleaseAll();
        await running.ReadAsync("MISS");

        await rig.EmbedAsync("a").ReadAsync("HIT");
        await rig.CachedChatAsync("x").ReadAsync("HIT");
    }

    private static GatewayOptions WithAccount(GatewayOptions options, string key) => options with { Instances = [options.Instances[0] with { ApiKey = key }] };

    private static IEnumerable<string> Keys(Rig rig) => rig.Upstream.Requests.Select(static sent => Assert.Single(sent.Header("Authorization")));
}
