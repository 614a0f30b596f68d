using System.Globalization;
using System.Net;
using Gateway.Tests.Support;
using UpstreamSimulator;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>The port is the tier, and the order between and inside tiers.</summary>
public class TierTests
{
    [Theory]
    [InlineData(Rig.Urgent, "1")]
    [InlineData(Rig.Normal, "2")]
    [InlineData(Rig.Batch, "3")]
    [Trait("req", "P2")]
    [Trait("row", "S9")]
    public async Task Port_CallerClaimsAnotherTier_DecidesAlone(int tier, string priority)
    {
        await using Rig rig = await Rig.StartAsync();
        HttpRequestMessage request = rig.Request(tier, HttpMethod.Post, "/v1/chat/completions",
            Rig.Json("""{"model":"m","messages":[],"priority":1,"service_tier":"priority"}"""),
            "Priority: u=0", "x-priority: 1", "x-gateway-tier: 1", "X-Forwarded-Port: 1");
        request.Headers.Host = $"urgent.example:{rig.Gateway.Address(Rig.Urgent).Port.ToString(CultureInfo.InvariantCulture)}";
        string[] sent = [.. request.Headers.Concat(request.Content!.Headers).Select(static header => header.Key.ToLowerInvariant()).Order()];

        HttpResponseMessage answer = await rig.SendAsync(request).Soon();

        Assert.Equal((HttpStatusCode.OK, priority), (answer.StatusCode, answer.Header("x-gateway-tier")));
        await answer.TextAsync();
        Assert.Equal(priority, Assert.Single(await rig.AssertQuietAndBilledAsync(1, 1)).Priority.ToString(CultureInfo.InvariantCulture));

        // What the upstream gets is what the caller sent, and nothing more: the tier is not its business.
        RecordedRequest received = Assert.Single(rig.Upstream.Requests);
        string[] expected = [.. sent.Append("content-length").Distinct().Order()];
        Assert.Equal(expected, received.Headers.Select(static header => header.Key.ToLowerInvariant()).Order());
        Assert.Equal([rig.Upstream.BaseAddress.Authority], received.Header("Host"));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [Trait("req", "P3")]
    [Trait("row", "S1")]
    public async Task Waiting_SeveralTiers_ServedByPriorityThenArrival(int slots)
    {
        await using Rig rig = await Rig.StartAsync(slots);
        List<Task<HttpResponseMessage>> calls = [.. await rig.HoldAsync(Rig.Urgent, slots)];
        (int Tier, string Nonce)[] arrivals =
            [(Rig.Batch, "b1"), (Rig.Normal, "n1"), (Rig.Urgent, "u1"), (Rig.Batch, "b2"), (Rig.Normal, "n2"), (Rig.Urgent, "u2")];
        for (int i = 0; i < arrivals.Length; i++)
        {
            calls.Add(rig.ChatAsync(arrivals[i].Tier, arrivals[i].Nonce));
            await rig.WaitForDepthAsync(i + 1);
        }

        // One slot comes free and serves them all, one after the other; the other slots stay taken until then.
        rig.Held.Release("held-urgent-0");
        await Task.WhenAll(calls[slots..]).Soon();
        rig.Held.ReleaseAll();
        await Task.WhenAll(calls).Soon();

        Assert.Equal(["u1", "u2", "n1", "n2", "b1", "b2"], rig.Upstream.Calls.Skip(slots).Select(static call => call.Nonce));
        await rig.AssertQuietAndBilledAsync(slots + arrivals.Length, slots);
    }

    [Fact]
    [Trait("row", "S9")]
    public async Task OneKeyOnSeveralPorts_ConnectionsKeptAlive_EachRequestIsOfItsPort()
    {
        await using Rig rig = await Rig.StartAsync(1, static options => options with { ClientApiKeys = ["k"] });

        for (int i = 0; i < 9; i++)
        {
            // One client with one pool: what it learnt on the urgent port is of no use on the others.
            HttpResponseMessage answer = await rig.SendAsync(rig.Request(
                i % 3, HttpMethod.Post, "/v1/chat/completions", Rig.Json(Rig.ChatBody(Rig.Urgent)), "Authorization: Bearer k")).Soon();
            await answer.TextAsync();
            Assert.Equal((i % 3 + 1).ToString(CultureInfo.InvariantCulture), answer.Header("x-gateway-tier"));
        }

        Assert.Equal([3, 3, 3], (await rig.AssertQuietAsync(9, 1)).CountBy(static record => record.Priority).OrderBy(static tier => tier.Key).Select(static tier => tier.Value));
    }

    [Fact]
    [Trait("req", "P3")]
    public async Task TwoPortsOfOnePriority_Waiting_ShareOneLane()
    {
        await using Rig rig = await Rig.StartAsync(1, static options => options with
        {
            Endpoints = [options.Endpoints[0], options.Endpoints[1], options.Endpoints[2] with { Priority = options.Endpoints[1].Priority }],
        });
        List<Task<HttpResponseMessage>> calls = [.. await rig.HoldAsync(Rig.Urgent, 1)];
        int[] ports = [Rig.Batch, Rig.Normal, Rig.Batch, Rig.Normal];
        for (int i = 0; i < ports.Length; i++)
        {
            calls.Add(rig.ChatAsync(ports[i], $"n{i}"));
            await rig.WaitForDepthAsync(i + 1);
        }

        rig.Held.ReleaseAll();
        await Task.WhenAll(calls).Soon();

        Assert.Equal(["n0", "n1", "n2", "n3"], rig.Upstream.Calls.Skip(1).Select(static call => call.Nonce));
        await rig.AssertQuietAndBilledAsync(5, 1);
    }
}
