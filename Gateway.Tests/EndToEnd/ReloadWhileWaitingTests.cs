using System.Net;
using Gateway.Configuration;
using Gateway.Tests.Support;
using UpstreamSimulator;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>Requests that wait while a reload changes the instances go where they may go then, in the order in which they came.</summary>
[Trait("req", "M1")]
[Trait("req", "P3")]
public class ReloadWhileWaitingTests
{
    [Fact]
    [Trait("req", "P5")]
    public async Task Reload_AnotherInstanceInThePlaceOfTheOnly_WaitingAndInterruptedAreServedThere()
    {
        await using SimulatorHost second = await SimulatorApp.StartAsync(new SimulatorOptions { Port = 0 });
        await using Rig rig = await Rig.StartAsync(1, WithOwnKey);
        Task<HttpResponseMessage> interrupted = (await rig.HoldAsync(Rig.Batch, 1))[0];
        Task<HttpResponseMessage> running = (await rig.HoldAsync(Rig.Urgent, 1))[0];
        Task<HttpResponseMessage> waiting = rig.ChatAsync(Rig.Batch, "waiting");
        await rig.WaitForDepthAsync(2);

        Publish(rig, GatewayHost.Instance(second.BaseAddress, 1, "second") with { ApiKey = "another-key-0123" });

        foreach (Task<HttpResponseMessage> call in new[] { interrupted, waiting })
        {
            HttpResponseMessage answer = await call.Soon();
            Assert.Equal((HttpStatusCode.OK, "second"), (answer.StatusCode, answer.Header("x-gateway-instance")));
        }

        rig.Held.ReleaseAll();
        Assert.Equal("default", (await running.Soon()).Header("x-gateway-instance"));
        await rig.AssertQuietAsync(3, 1);
        Assert.Equal(2, second.Stats.BillableStarts);
    }

    [Fact]
    public async Task Reload_MoreInstances_TheOldestAndMostUrgentAreFirstThere()
    {
        await using SimulatorHost second = await SimulatorApp.StartAsync(new SimulatorOptions { Port = 0 });
        await using Rig rig = await Rig.StartAsync(1, WithOwnKey);
        Task<HttpResponseMessage> running = (await rig.HoldAsync(Rig.Urgent, 1))[0];
        var waiting = new List<Task<HttpResponseMessage>>();
        foreach ((int tier, string nonce) in new[] { (Rig.Batch, "batch"), (Rig.Normal, "older"), (Rig.Normal, "newer"), (Rig.Urgent, "urgent") })
        {
            waiting.Add(rig.ChatAsync(tier, nonce));
            await rig.WaitForDepthAsync(waiting.Count);
        }

        GatewayOptions before = rig.Gateway.Options.Current;
        Publish(rig, before.Instances[0], GatewayHost.Instance(second.BaseAddress, 1, "second") with { ApiKey = "another-key-0123" });

        HttpResponseMessage[] answers = await Task.WhenAll(waiting).Soon();
        Assert.All(answers, static answer => Assert.Equal((HttpStatusCode.OK, "second"), (answer.StatusCode, answer.Header("x-gateway-instance"))));
        rig.Held.ReleaseAll();
        await running.Soon();
        await rig.AssertQuietAsync(5, 1);
        Assert.Equal(["urgent", "older", "newer", "batch"], second.Calls.Select(static call => call.Nonce));
    }

    /// <summary>Its key was meant for the host that was there when it came.</summary>
    [Fact]
    [Trait("req", "A7")]
    public async Task Reload_CallersOwnKeyAndAnotherHost_IsNotServedThere()
    {
        await using SimulatorHost second = await SimulatorApp.StartAsync(new SimulatorOptions { Port = 0 });
        await using Rig rig = await Rig.StartAsync(1);
        Task<HttpResponseMessage> running = (await rig.HoldAsync(Rig.Urgent, 1))[0];
        Task<HttpResponseMessage> waiting = rig.SendAsync(rig.Request(
            Rig.Batch, HttpMethod.Post, "/v1/chat/completions", Rig.Json(Rig.ChatBody(Rig.Batch)), "Authorization: Bearer the-callers-own"));
        await rig.WaitForDepthAsync(1);

        Publish(rig, GatewayHost.Instance(second.BaseAddress, 1, "second"));

        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await waiting.Soon()).StatusCode);
        rig.Held.ReleaseAll();
        await running.Soon();
        Assert.Equal(0, second.Stats.Started);
    }

    private static GatewayOptions WithOwnKey(GatewayOptions options) => options with { Instances = [options.Instances[0] with { ApiKey = "the-gateways-own-key" }] };

    private static void Publish(Rig rig, params InstanceOptions[] instances) =>
        rig.Gateway.Options.Publish(rig.Gateway.Options.Current with { Instances = instances });
}
