using System.Net;
using Gateway.Configuration;
using Gateway.Scheduling;
using Gateway.Tests.Support;
using UpstreamSimulator;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>The configured routing reaches the scheduler, at the start and after a reload.</summary>
public class RoutingTests
{
    [Fact]
    [Trait("req", "A3")]
    public async Task Routing_PriorityAndAfterAReloadWeight_DecidesWhoAnswers()
    {
        await using SimulatorHost other = await SimulatorApp.StartAsync(new SimulatorOptions { Port = 0 });
        await using Rig rig = await Rig.StartAsync(4, options => options with
        {
            Instances = [options.Instances[0] with { Priority = 2 }, GatewayHost.Instance(other.BaseAddress, 4, "other") with { Priority = 1 }],
        });
        Assert.Equal(["other", "other", "other"], await AnswerersAsync(rig, 3));

        GatewayOptions options = rig.Gateway.Options.Current;
        rig.Gateway.Options.Publish(options with { Instances = [options.Instances[0] with { Priority = 0 }, options.Instances[1]] });
        Assert.Equal(["default", "default"], await AnswerersAsync(rig, 2));
        rig.Gateway.Options.Publish(options with
        {
            Routing = options.Routing with { Strategy = RoutingStrategy.Weighted },
            Instances = [options.Instances[0] with { Weight = 3 }, options.Instances[1] with { Weight = 1 }],
        });

        string[] answerers = await AnswerersAsync(rig, 8);

        Assert.Equal((6, 2), (answerers.Count(static name => name == "default"), answerers.Count(static name => name == "other")));
        Assert.Equal((8L, 5L), (rig.Upstream.Stats.BillableStarts, other.Stats.BillableStarts));
        await rig.AssertQuietAsync(13, 4);
    }

    [Fact]
    [Trait("row", "U7")]
    public async Task Reload_LastInstanceIsDisabled_WhoWaitsIsToldAtOnceAndWhatRunsEnds()
    {
        await using Rig rig = await Rig.StartAsync(1);
        Task<HttpResponseMessage>[] running = await rig.HoldAsync(Rig.Batch, 1);
        Task<HttpResponseMessage> waiting = rig.ChatAsync(Rig.Batch, "waiting");
        await rig.WaitForDepthAsync(1);

        GatewayOptions options = rig.Gateway.Options.Current;
        rig.Gateway.Options.Publish(options with { Instances = [options.Instances[0] with { Enabled = false }] });

        HttpResponseMessage refused = await waiting.Soon();
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.Contains("no_upstream", await refused.Content.ReadAsStringAsync(Rig.Cancel).Soon(), StringComparison.Ordinal);
        rig.Held.ReleaseAll();
        Assert.Equal(HttpStatusCode.OK, (await running[0].Soon()).StatusCode);
        await rig.AssertQuietAsync(2, 1);
    }

    private static async Task<string[]> AnswerersAsync(Rig rig, int calls)
    {
        string[] names = new string[calls];
        for (int i = 0; i < calls; i++)
        {
            HttpResponseMessage answer = await rig.ChatAsync(Rig.Batch, $"call-{Guid.NewGuid():N}").Soon();
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            names[i] = Assert.IsType<string>(answer.Header("x-gateway-instance"));
        }

        return names;
    }
}
