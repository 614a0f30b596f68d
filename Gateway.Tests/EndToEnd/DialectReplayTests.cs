using System.Net;
using System.Text;
using System.Text.Json;
using Gateway.Recording;
using Gateway.Tests.Support;
using Microsoft.AspNetCore.Http;
using UpstreamSimulator;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>A second attempt is edited anew, for the instance that makes it.</summary>
public class DialectReplayTests
{
    private const string Body = """{ "model":"gpt-4" , "logprobs":true, "stream":true, "messages":[{"role":"user","content":"1.0"}]}""";

    [Theory]
    [InlineData(100)]
    [InlineData(300_000)]
    [Trait("req", "P5")]
    [Trait("req", "A4")]
    public async Task Preempted_OnAzure_EditedBodyIsSentAgain(int extra)
    {
        await using Rig rig = await Rig.StartAsync(1, static options => options with
        {
            Instances = [AzureTests.Azure(options.Instances[0]) with { RemoveParameters = ["logprobs"], MaxInputTokens = null }],
        });
        string body = Body.Replace("1.0", new string('x', extra), StringComparison.Ordinal);
        Task<HttpResponseMessage> batch = rig.SendAsync(rig.Request(
            Rig.Batch, HttpMethod.Post, "/v1/chat/completions", Rig.Json(body), "x-sim-nonce: batch", "x-sim-fail: hang", "x-sim-fail-times: 1"));
        await rig.WaitUntil(static stats => stats.BillableStarts == 1);

        using HttpResponseMessage urgent = await rig.ChatAsync(Rig.Urgent, "urgent").Soon();
        using HttpResponseMessage answer = await batch.Soon();
        string[] events = await answer.EventsAsync();

        Assert.All(events[..^1], static item => Assert.Equal("gpt-4", JsonElement.Parse(item).GetProperty("model").GetString()));
        RecordedRequest[] attempts = [.. rig.Upstream.Requests.Where(static request => request.Header("x-sim-nonce").Contains("batch"))];
        string edited = body.Replace("\"model\":\"gpt-4\" , ", "", StringComparison.Ordinal).Replace("\"logprobs\":true, ", "", StringComparison.Ordinal);
        Assert.Equal(2, attempts.Length);
        Assert.All(attempts, attempt => Assert.Equal(edited, Encoding.UTF8.GetString(attempt.Body)));
        Assert.Equal("logprobs", answer.Header("x-gateway-removed-params"));
        IReadOnlyList<AccessRecord> records = await rig.AssertQuietAndBilledAsync(2, 1);
        Assert.Equal(1, records.Sum(static record => record.Preemptions));
    }

    [Fact]
    [Trait("req", "P5")]
    [Trait("req", "A6")]
    public async Task Preempted_ThenServedByAnotherProvider_IsEditedForThatOne()
    {
        await using SimulatorHost other = await SimulatorApp.StartAsync(new SimulatorOptions { Port = 0 });
        var held = new HeldCalls(other);
        await using Rig rig = await Rig.StartAsync(1, options => options with
        {
            Instances =
            [
                AzureTests.Azure(options.Instances[0]) with { RemoveParameters = ["logprobs"] },
                GatewayHost.Instance(other.BaseAddress, 1, "other") with { ApiKey = "other-key" },
            ],
        });

        // One instance is full, so that the batch request starts on the other, where it hangs; then the urgent one takes that from it.
        Task<HttpResponseMessage> filler = rig.ChatAsync(Rig.Urgent, "held-filler", knobs: []);
        await WaitForEitherAsync(rig, other, 1);
        bool fillerIsOnAzure = rig.Upstream.Stats.Live == 1;
        Task<HttpResponseMessage> batch = rig.SendAsync(rig.Request(
            Rig.Batch, HttpMethod.Post, "/v1/chat/completions", Rig.Json(Body), "x-sim-nonce: held-batch"));
        await WaitForEitherAsync(rig, other, 2);
        Task<HttpResponseMessage> urgent = rig.ChatAsync(Rig.Urgent, "held-urgent");
        await rig.WaitForSchedulerAsync(static state => state.Tiers.Single(static tier => tier.Priority == 3).Depth == 1);

        // The filler's slot is the first to be free again: on the other instance than the batch request was.
        (fillerIsOnAzure ? rig.Held : held).Release("held-batch");
        (fillerIsOnAzure ? rig.Held : held).Release("held-filler");
        (await filler.Soon()).Dispose();
        using HttpResponseMessage answer = await batch.Soon();
        string[] events = await answer.EventsAsync();
        rig.Held.Release("held-urgent");
        held.Release("held-urgent");
        (await urgent.Soon()).Dispose();

        string azure = """{ "stream":true, "messages":[{"role":"user","content":"1.0"}]}""";
        Assert.Equal(azure, Encoding.UTF8.GetString(Assert.Single(rig.Upstream.Requests, IsBatch).Body));
        Assert.Equal(Body, Encoding.UTF8.GetString(Assert.Single(other.Requests, IsBatch).Body));
        Assert.Equal(fillerIsOnAzure ? "azure-key" : "Bearer other-key", (fillerIsOnAzure ? rig.Upstream : other).Requests.Single(IsBatch)
            .Header(fillerIsOnAzure ? "api-key" : "Authorization").Single());
        Assert.All(events[..^1], static item => Assert.Equal("gpt-4", JsonElement.Parse(item).GetProperty("model").GetString()));
        Assert.Equal(fillerIsOnAzure ? "logprobs" : "", answer.Header("x-gateway-removed-params"));
        await rig.AssertQuietAsync(3, 1);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("req", "A6")]
    [Trait("req", "V3")]
    public async Task Failover_ToAnotherProvider_IsEditedForThatOne(bool azureFirst)
    {
        await using SimulatorHost other = await SimulatorApp.StartAsync(new SimulatorOptions { Port = 0 });
        await using Rig rig = await Rig.StartAsync(1, options => options with
        {
            Instances =
            [
                AzureTests.Azure(options.Instances[0]) with { RemoveParameters = ["logprobs"], Priority = azureFirst ? 1 : 2 },
                GatewayHost.Instance(other.BaseAddress, 1, "other") with { ApiKey = "other-key", Priority = azureFirst ? 2 : 1 },
            ],
        });
        (azureFirst ? rig.Upstream : other).Respond(static context =>
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            return Task.FromResult(true);
        });

        using HttpResponseMessage answer = await rig.SendAsync(rig.Request(Rig.Urgent, HttpMethod.Post, "/v1/chat/completions", Rig.Json(Body))).Soon();
        string[] events = await answer.EventsAsync();

        Assert.Equal((HttpStatusCode.OK, azureFirst ? "other" : "azure"), (answer.StatusCode, answer.Header("x-gateway-instance")));
        Assert.All(events[..^1], static item => Assert.Equal("gpt-4", JsonElement.Parse(item).GetProperty("model").GetString()));
        Assert.Equal("""{ "stream":true, "messages":[{"role":"user","content":"1.0"}]}""", Encoding.UTF8.GetString(Assert.Single(rig.Upstream.Requests).Body));
        Assert.Equal(Body, Encoding.UTF8.GetString(Assert.Single(other.Requests).Body));
        Assert.Equal(azureFirst ? "" : "logprobs", answer.Header("x-gateway-removed-params"));
        await rig.AssertQuietAsync(1, 1);
    }

    private static bool IsBatch(RecordedRequest request) => request.Header("x-sim-nonce").Contains("held-batch");

    /// <summary>So many calls run, and their upstreams have their bodies: the model is in there.</summary>
    private static async Task WaitForEitherAsync(Rig rig, SimulatorHost other, int live) =>
        await rig.WaitForSchedulerAsync(state => state.Instances.Sum(static instance => instance.Running) == live
            && rig.Upstream.Stats.ByModel.Values.Concat(other.Stats.ByModel.Values).Sum(static model => model.Live) == live);
}
