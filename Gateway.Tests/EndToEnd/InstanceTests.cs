using System.Net;
using Gateway.Tests.Support;
using UpstreamSimulator;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>Several upstreams, each with slots of its own, and an upstream behind a proxy.</summary>
public class InstanceTests
{
    [Theory]
    [InlineData(1, 2)]
    [InlineData(3, 1)]
    [Trait("req", "P9")]
    public async Task TwoInstances_ManyCalls_EachKeepsItsOwnCap(int first, int second)
    {
        await using SimulatorHost other = await SimulatorApp.StartAsync(new SimulatorOptions { Port = 0 });
        var held = new HeldCalls(other);
        await using Rig rig = await Rig.StartAsync(first, options => options with
        {
            Instances = [options.Instances[0], GatewayHost.Instance(other.BaseAddress, second, "other")],
        });
        Task<HttpResponseMessage>[] calls = [.. Enumerable.Range(0, 12).Select(i => rig.ChatAsync(i % 3, $"held-{i}"))];
        await rig.WaitUntil(stats => stats.Live == first);
        await other.WaitUntil(stats => stats.Live == second, Rig.Guard);
        await rig.WaitForDepthAsync(12 - first - second);

        for (int i = 0; i < calls.Length; i++)
        {
            rig.Held.Release($"held-{i}");
            held.Release($"held-{i}");
        }

        foreach (HttpResponseMessage answer in await Task.WhenAll(calls).Soon())
        {
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }

        Assert.Equal((first, second), (rig.Upstream.Stats.MaxLive, other.Stats.MaxLive));
        await rig.AssertQuietAsync(12, first);
    }

    [Fact]
    [Trait("req", "P6")]
    public async Task TwoInstances_UrgentCallCanUseOne_InterruptsOnlyThere()
    {
        await using SimulatorHost other = await SimulatorApp.StartAsync(new SimulatorOptions { Port = 0 });
        var held = new HeldCalls(other);
        await using Rig rig = await Rig.StartAsync(1, options => options with
        {
            Instances =
            [
                options.Instances[0] with { SupportedModels = ["urgent", "batch"] },
                GatewayHost.Instance(other.BaseAddress, 1, "other") with { SupportedModels = ["normal"] },
            ],
        });
        Task<HttpResponseMessage>[] here = await rig.FillAsync(Rig.Batch, 1);
        Task<HttpResponseMessage> there = rig.ChatAsync(Rig.Normal, "held-there");
        await other.WaitUntil(static stats => stats.Live == 1, Rig.Guard);

        HttpResponseMessage high = await rig.ChatAsync(Rig.Urgent, "high").Soon();
        held.Release("held-there");

        Assert.Equal("default", high.Header("x-gateway-instance"));
        Assert.Equal("2", (await here[0].Soon()).Header("x-gateway-attempts"));
        Assert.Equal(("1", "other"), ((await there.Soon()).Header("x-gateway-attempts"), (await there).Header("x-gateway-instance")));
        await rig.AssertQuietAsync(3, 1);
    }

    [Theory]
    [InlineData(Rig.Urgent)]
    [InlineData(Rig.Batch)]
    [Trait("req", "C1")]
    public async Task OutboundProxy_Configured_CarriesTheCall(int tier)
    {
        List<string> received = [];
        await using RawUpstream proxy = RawUpstream.Start("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", received);
        await using Rig rig = await Rig.StartAsync(1, options => options with
        {
            Instances = [GatewayHost.Instance(new Uri("http://upstream.invalid/"), 1) with { ProxyUrl = proxy.BaseAddress.AbsoluteUri }],
        });

        HttpResponseMessage answer = await rig.SendAsync(rig.Request(tier, HttpMethod.Post, "/v1/chat/completions?x=%2F", Rig.Json("{}"))).Soon();

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        string[] lines = Assert.Single(received).Split("\r\n");
        Assert.Equal("POST http://upstream.invalid/v1/chat/completions?x=%2F HTTP/1.1", lines[0]);
        Assert.Contains("Host: upstream.invalid", lines);
        await rig.AssertQuietAsync(1, 1);
    }
}
