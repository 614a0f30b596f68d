using System.Text;
using Gateway.Configuration;
using Gateway.Tests.Canaries;
using Gateway.Tests.Support;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Gateway.Tests.Recording.Tracing;

/// <summary>What becomes of the gateway and of its telemetry when the collector is well, is not there, or does not answer.</summary>
[Trait("req", "M5")]
public class ExportTests
{
    private const int Calls = 50;

    [Fact]
    public async Task Metrics_AtTheEnd_ReachTheCollectorUnderTheirOwnNames()
    {
        await using OtlpCollector collector = await OtlpCollector.StartAsync();
        await using (Rig rig = await Rig.StartAsync(1, options => options with { OtlpEndpoint = collector.Url }))
        {
            using HttpResponseMessage answer = await rig.ChatAsync(Rig.Urgent, "n", stream: true).Soon();
            await answer.Content.ReadAsStringAsync(Rig.Cancel).Soon();
            await rig.AssertQuietAsync(1, 1);
        }

        Assert.Superset(
            new HashSet<string>
            {
                "gateway.requests", "gateway.queue.depth", "gateway.instance.healthy", "gen_ai.server.request.duration", "gen_ai.server.time_to_first_token",
                "gen_ai.server.time_per_output_token", "gen_ai.client.token.usage", "dotnet.gc.collections",
            },
            collector.Metrics.ToHashSet());
    }

    [Fact]
    public async Task Collector_UrlWithCredentials_GetsThemAsAHeader()
    {
        await using OtlpCollector collector = await OtlpCollector.StartAsync();
        string url = collector.Url.Replace("//", "//me:se%2Fcret@", StringComparison.Ordinal);
        await using (Rig rig = await Rig.StartAsync(1, options => options with { OtlpEndpoint = url }))
        {
            using HttpResponseMessage answer = await rig.ChatAsync(Rig.Urgent, "n").Soon();
            await rig.AssertQuietAsync(1, 1);
        }

        await collector.WaitForSpansAsync(1);
        Assert.All(collector.Authorizations, static sent => Assert.Equal($"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes("me:se/cret"))}", sent));
        Assert.NotEmpty(collector.Authorizations);
    }

    [Theory]
    [InlineData("gone")]
    [InlineData("hangs")]
    [InlineData("500")]
    public async Task Requests_CollectorThatTakesNothing_AreServedAndTheEndIsNotHeldUp(string how)
    {
        var release = new TaskCompletionSource();
        await using OtlpCollector collector = await OtlpCollector.StartAsync(context =>
        {
            context.Response.StatusCode = StatusCodes.Status500InternalServerError;
            return how == "hangs" ? release.Task : Task.CompletedTask;
        });
        string url = how == "gone" ? "http://127.0.0.1:1" : collector.Url;
        Rig rig = await Rig.StartAsync(4, options => options with { OtlpEndpoint = url });
        for (int i = 0; i < Calls; i++)
        {
            using HttpResponseMessage answer = await rig.ChatAsync(Rig.Urgent, $"n{i}").Soon();
            Assert.True(answer.IsSuccessStatusCode);
        }

        await rig.AssertQuietAsync(Calls, 4);
        long started = TimeProvider.System.GetTimestamp();
        await rig.DisposeAsync();

        Assert.InRange(TimeProvider.System.GetElapsedTime(started), TimeSpan.Zero, TimeSpan.FromSeconds(8));
        release.SetResult();
    }

    [Fact]
    [Trait("req", "A4")]
    public async Task Export_OfRequestsFullOfSecrets_HoldsNone()
    {
        await using OtlpCollector collector = await OtlpCollector.StartAsync();
        await using (CanaryRig canaries = await CanaryRig.StartAsync(isTerminal: false, options => options with { OtlpEndpoint = collector.Url }))
        {
            await canaries.SendAsync(canaries.Request("client-named", "/v1/chat/completions", CanaryRig.Chat(stream: true)));
            await canaries.SendAsync(canaries.Request("client-listed", "/v1/chat/completions", CanaryRig.Chat(stream: false)));
            await canaries.SendAsync(canaries.Request("stranger", "/v1/chat/completions", CanaryRig.Chat(stream: false)));
            await canaries.Rig.Gateway.Records.WaitForAsync(3);
        }

        Assert.Contains("team", (await collector.WaitForSpansAsync(3)).Select(static span => span.Tags.GetValueOrDefault("gateway.caller")));
        Assert.All(collector.Texts, static text => Assert.Empty(Canary.In(text)));
    }
}
