using System.Net;
using System.Net.Http.Json;
using Gateway.Tests.Support;
using UpstreamSimulator;
using Xunit;

namespace Gateway.Tests.EndToEnd;

public class PreemptionTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Fact]
    [Trait("req", "P5")]
    public async Task PlainCall_PreemptedByUrgentOne_FinishesWithOneNormalAnswer()
    {
        await using SimulatorHost upstream = await SimulatorApp.StartAsync(new SimulatorOptions { Port = 0 });
        await using GatewayHost gateway = await GatewayHost.StartAsync(GatewayHost.ThreeTiers(upstream.BaseAddress, slots: 1));
        using var client = new HttpClient();

        Task<HttpResponseMessage> low = client.PostAsJsonAsync(
            new Uri(gateway.Address(2), "/v1/chat/completions"), new { model = "sim:ttft=300", messages = Array.Empty<object>() },
            TestContext.Current.CancellationToken);
        await upstream.WaitUntil(static stats => stats.Live == 1, Patience);
        using HttpResponseMessage high = await client.PostAsJsonAsync(
            new Uri(gateway.Address(0), "/v1/chat/completions"), new { model = "urgent", messages = Array.Empty<object>() },
            TestContext.Current.CancellationToken);
        using HttpResponseMessage lowAnswer = await low.WaitAsync(Patience, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, high.StatusCode);
        Assert.Equal(HttpStatusCode.OK, lowAnswer.StatusCode);
        Assert.Equal("2", Assert.Single(lowAnswer.Headers.GetValues("x-gateway-attempts")));
        Assert.Equal(1, upstream.Stats.MaxLive);
        Assert.Equal(3, upstream.Stats.BillableStarts);
    }
}
