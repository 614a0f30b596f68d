using System.Net;
using Gateway.Configuration;
using Gateway.Tests.Support;
using UpstreamSimulator;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>A reload puts another provider in the place of an instance that requests wait for. The keys of the one are not the other's to see.</summary>
[Trait("row", "A7")]
public class ReloadCredentialTests
{
    private const string Old = "sk-old";
    private const string New = "sk-new";

    [Theory]
    [InlineData(true, "Bearer sk-new")]
    [InlineData(false, "Bearer sk-caller")]
    public async Task Reload_OtherHostWhileARequestWaits_KeyOfTheCallersStaysHere(bool isMapped, string after)
    {
        await using SimulatorHost other = await SimulatorApp.StartAsync(new SimulatorOptions { Port = 0 });
        await using Rig rig = await Rig.StartAsync(1, options => isMapped ? WithMapping(options, Old) : options);
        Task<HttpResponseMessage> running = AskAsync(rig, "held");
        await rig.WaitForLiveAsync(Rig.Normal, 1);
        Task<HttpResponseMessage> waiting = AskAsync(rig, "waits");
        await rig.WaitForDepthAsync(1);

        rig.Gateway.Options.Edit(options => MovedTo(other, isMapped ? WithMapping(options, New) : options));
        rig.Held.ReleaseAll();
        using HttpResponseMessage served = await running.Soon();
        using HttpResponseMessage refused = await waiting.Soon();

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.ServiceUnavailable), (served.StatusCode, refused.StatusCode));
        Assert.Equal("no_upstream", (await refused.JsonAsync()).GetProperty("error").GetProperty("code").GetString());
        Assert.Empty(other.Requests);

        // Who comes from now on is meant for the new one.
        using HttpResponseMessage next = await AskAsync(rig, "next").Soon();
        Assert.Equal(HttpStatusCode.OK, next.StatusCode);
        Assert.Equal([after], Assert.Single(other.Requests).Header("Authorization"));
        await rig.AssertQuietAsync(3, slots: 1);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Reload_OtherHostWhileARequestWaits_RequestOnTheGatewaysKeyGoesOn(bool hasClientKeys)
    {
        await using SimulatorHost other = await SimulatorApp.StartAsync(new SimulatorOptions { Port = 0 });
        await using Rig rig = await Rig.StartAsync(1, options => WithKey(options, Old) with { ClientApiKeys = hasClientKeys ? ["sk-caller"] : [] });
        Task<HttpResponseMessage> running = AskAsync(rig, "held");
        await rig.WaitForLiveAsync(Rig.Normal, 1);
        Task<HttpResponseMessage> waiting = AskAsync(rig, "waits");
        await rig.WaitForDepthAsync(1);

        rig.Gateway.Options.Edit(options => MovedTo(other, WithKey(options, New)));
        rig.Held.ReleaseAll();
        using HttpResponseMessage served = await running.Soon();
        using HttpResponseMessage moved = await waiting.Soon();

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (served.StatusCode, moved.StatusCode));
        Assert.Equal(["Bearer " + New], Assert.Single(other.Requests).Header("Authorization"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Reload_SameHostWhileARequestWaits_KeyOfTheCallersTravels(bool isMapped)
    {
        await using Rig rig = await Rig.StartAsync(1, options => isMapped ? WithMapping(options, Old) : options);
        Task<HttpResponseMessage> running = AskAsync(rig, "held");
        await rig.WaitForLiveAsync(Rig.Normal, 1);
        Task<HttpResponseMessage> waiting = AskAsync(rig, "waits");
        await rig.WaitForDepthAsync(1);

        rig.Gateway.Options.Edit(options => options with { Instances = [options.Instances[0] with { MaxConcurrency = 2 }] });
        using HttpResponseMessage second = await waiting.Soon();
        rig.Held.ReleaseAll();
        using HttpResponseMessage first = await running.Soon();

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (first.StatusCode, second.StatusCode));
        Assert.All(rig.Upstream.Requests, sent => Assert.Equal([isMapped ? "Bearer " + Old : "Bearer sk-caller"], sent.Header("Authorization")));
    }

    [Fact]
    public async Task Reload_OneOfTwoToAnotherHost_RequestGoesToTheOneThatStays()
    {
        await using SimulatorHost other = await SimulatorApp.StartAsync(new SimulatorOptions { Port = 0 });
        await using Rig rig = await Rig.StartAsync(1, static options => WithMapping(options, Old) with
        {
            Instances = [options.Instances[0], options.Instances[0] with { Name = "second", Priority = 2 }],
        });
        Task<HttpResponseMessage> first = AskAsync(rig, "held-1");
        await rig.WaitForLiveAsync(Rig.Normal, 1);
        Task<HttpResponseMessage> second = AskAsync(rig, "held-2");
        await rig.WaitForLiveAsync(Rig.Normal, 2);
        Task<HttpResponseMessage> waiting = AskAsync(rig, "waits");
        await rig.WaitForDepthAsync(1);

        rig.Gateway.Options.Edit(options => MovedTo(other, options));
        rig.Held.Release("held-1");
        using HttpResponseMessage fromFirst = await first.Soon();

        // The one that moved is free, and not for it.
        await rig.WaitForSchedulerAsync(static state => state.Instances[0].Running == 0 && state.Tiers.Sum(static tier => tier.Depth) == 1);
        rig.Held.ReleaseAll();
        using HttpResponseMessage fromSecond = await second.Soon();
        using HttpResponseMessage answer = await waiting.Soon();

        Assert.Equal((HttpStatusCode.OK, "second"), (answer.StatusCode, answer.Header("x-gateway-instance")));
        Assert.Empty(other.Requests);
    }

    private static Task<HttpResponseMessage> AskAsync(Rig rig, string nonce)
    {
        rig.Held.Expect(nonce);
        return rig.SendAsync(rig.Request(
            Rig.Normal, HttpMethod.Post, "/v1/chat/completions", Rig.Json(Rig.ChatBody(Rig.Normal)), "Authorization: Bearer sk-caller", $"x-sim-nonce: {nonce}"));
    }

    private static GatewayOptions WithMapping(GatewayOptions options, string key) =>
        options with { ApiKeyMapping = new Dictionary<string, string> { ["sk-caller"] = key } };

    private static GatewayOptions WithKey(GatewayOptions options, string key) => options with { Instances = [options.Instances[0] with { ApiKey = key }] };

    /// <summary>The first instance keeps its name and its index.</summary>
    private static GatewayOptions MovedTo(SimulatorHost other, GatewayOptions options) => options with
    {
        Instances = [options.Instances[0] with { ApiBase = new Uri(other.BaseAddress, "/v1") }, .. options.Instances.Skip(1)],
    };
}
