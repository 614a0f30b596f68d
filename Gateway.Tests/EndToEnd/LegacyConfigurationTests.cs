using System.Net;
using System.Text.Json;
using Gateway.Configuration;
using Gateway.Tests.Configuration;
using Gateway.Tests.Support;
using UpstreamSimulator;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>The older gateway's file, unchanged, served.</summary>
public class LegacyConfigurationTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("req", "P1")]
    public async Task LegacyFile_AllItsKeys_ServesEveryPortWithItsPriorityAndKey(bool withVersion)
    {
        await using SimulatorHost upstream = await SimulatorApp.StartAsync(new SimulatorOptions { Port = 0 });
        int[] ports = FreePorts.Take(3);
        LoadResult loaded = ConfigurationFolder.LoadJson(JsonSerializer.Serialize(new
        {
            influxdb_url = "http://127.0.0.1:9",
            influx_token = "influx-secret",
            influx_org = "org",
            influx_bucket = "bucket",
            openai_api_url = upstream.BaseAddress.AbsoluteUri.TrimEnd('/') + (withVersion ? "/v1" : ""),
            openai_api_key = "sk-legacy",
            endpoints = new object[]
            {
                new { port = ports[0], priority = 1, preemptive = true },
                new { port = ports[1], priority = 2, preemptive = true },
                new { port = ports[2], priority = 3, preemptive = false },
            },
        }));
        Assert.Empty(loaded.Errors);
        await using GatewayHost gateway = await GatewayHost.StartAsync(loaded.Options!);
        using HttpClient client = Rig.NewClient();

        for (int i = 0; i < ports.Length; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri($"http://127.0.0.1:{ports[i]}/v1/chat/completions"))
            {
                Content = Rig.Json(Rig.ChatBody(i)),
            };
            request.Headers.TryAddWithoutValidation("Authorization", "Bearer anything");
            using HttpResponseMessage answer = await client.SendAsync(request, Rig.Cancel).Soon();
            Assert.Equal((HttpStatusCode.OK, $"{i + 1}"), (answer.StatusCode, answer.Header("x-gateway-tier")));
        }

        Assert.All(upstream.Requests, static request => Assert.Equal(
            ("/v1/chat/completions", "Bearer sk-legacy"), (request.RawTarget, Assert.Single(request.Header("Authorization")))));
    }

    [Fact]
    [Trait("req", "P1")]
    public async Task LegacyFile_LowPortBusy_UrgentPortInterruptsIt()
    {
        await using SimulatorHost upstream = await SimulatorApp.StartAsync(new SimulatorOptions { Port = 0 });
        LoadResult loaded = ConfigurationFolder.LoadJson(
            $$"""
            { "openai_api_url": "{{upstream.BaseAddress}}v1", "openai_api_key": "sk-legacy",
              "endpoints": [ { "port": 0, "priority": 1, "preemptive": true }, { "port": 0, "priority": 2, "preemptive": false } ] }
            """);
        await using GatewayHost gateway = await GatewayHost.StartAsync(loaded.Options!);
        using HttpClient client = Rig.NewClient();

        // The file names no cap: it is 8, so that there is something to interrupt.
        Task<HttpResponseMessage>[] low = [.. Enumerable.Range(0, 8).Select(i => PostAsync(client, gateway.Address(1), $"low-{i}", "hang"))];
        await upstream.WaitUntil(static stats => stats.BillableStarts == 8, Rig.Guard);
        Task<HttpResponseMessage>[] high = [.. Enumerable.Range(0, 8).Select(i => PostAsync(client, gateway.Address(0), $"high-{i}", null))];

        await Task.WhenAll(high).Soon();
        Assert.Equal(8, upstream.Stats.MaxLive);

        // Some of the others may have ended by now, and left their records first.
        await Eventually.TrueAsync(() => gateway.Records.All.Count(static record => record.Priority == 1) == 8);
        Assert.NotEqual(0, (await gateway.Scheduler.SnapshotAsync().Soon()).Tiers[1].Preempted);
        client.CancelPendingRequests();
        Assert.All(await Task.WhenAll(low.Select(EndOf)).Soon(), static end => Assert.True(end is null or OperationCanceledException));
    }

    private static async Task<Exception?> EndOf(Task<HttpResponseMessage> call) => await Record.ExceptionAsync(() => call);

    private static Task<HttpResponseMessage> PostAsync(HttpClient client, Uri address, string nonce, string? fail)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(address, "/v1/chat/completions")) { Content = Rig.Json(Rig.ChatBody(0)) };
        request.Headers.Add("x-sim-nonce", nonce);
        if (fail is not null)
        {
            request.Headers.Add("x-sim-fail", fail);
            request.Headers.Add("x-sim-fail-times", "1");
        }

        return client.SendAsync(request, Rig.Cancel);
    }
}
