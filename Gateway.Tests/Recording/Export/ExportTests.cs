using System.Text;
using Gateway.Recording.Export;
using Gateway.Tests.Canaries;
using Gateway.Tests.Support;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Exporter;
using OpenTelemetry.Logs;
using Xunit;

namespace Gateway.Tests.Recording.Export;

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

        string[] expected =
        [
            "gateway.requests", "gateway.queue.depth", "gateway.instance.healthy", "gen_ai.server.request.duration", "gen_ai.server.time_to_first_token",
            "gen_ai.server.time_per_output_token", "gen_ai.client.token.usage", "dotnet.gc.collections",
        ];
        Assert.Empty(expected.Except(collector.Metrics));
    }

    [Fact]
    public async Task LogMessages_OfTheGateway_ReachTheCollectorThoseOfTheFrameworkFromWarningsUp()
    {
        await using OtlpCollector collector = await OtlpCollector.StartAsync();
        await using (Rig rig = await Rig.StartAsync(1, options => options with { OtlpEndpoint = collector.Url }))
        {
            ILoggerFactory loggers = rig.Gateway.Services.GetRequiredService<ILoggerFactory>();
            foreach ((string category, LogLevel level) in new[] { ("Gateway.X", LogLevel.Information), ("Gateway.X", LogLevel.Debug), ("Microsoft.X", LogLevel.Warning), ("Microsoft.X", LogLevel.Information) })
            {
                loggers.CreateLogger(category).Log(level, default, $"from {category} at {level}", null, static (text, _) => text);
            }

            Assert.True(rig.Gateway.Services.GetRequiredService<LoggerProvider>().ForceFlush());
        }

        string texts = string.Concat(collector.Texts);
        Assert.Contains("from Gateway.X at Information", texts, StringComparison.Ordinal);
        Assert.Contains("from Microsoft.X at Warning", texts, StringComparison.Ordinal);
        Assert.DoesNotContain("from Gateway.X at Debug", texts, StringComparison.Ordinal);
        Assert.DoesNotContain("from Microsoft.X at Information", texts, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("req", "M7")]
    public async Task LogMessages_WithDebug_ReachTheCollectorAsTheyDoTheLog()
    {
        await using OtlpCollector collector = await OtlpCollector.StartAsync();
        await using (Rig rig = await Rig.StartAsync(1, options => options with { OtlpEndpoint = collector.Url, Debug = true }))
        {
            rig.Gateway.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Gateway.X").Log(LogLevel.Debug, default, "from debugging", null, static (text, _) => text);
            Assert.True(rig.Gateway.Services.GetRequiredService<LoggerProvider>().ForceFlush());
        }

        Assert.Contains("from debugging", string.Concat(collector.Texts), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://c:4318", "HttpProtobuf", "http://c:4318/v1/traces")]
    [InlineData("https://c/otlp/?tenant=a", "HttpProtobuf", "https://c/otlp/v1/traces?tenant=a")]
    [InlineData("http://c:4317", "Grpc", "http://c:4317/")]
    [InlineData("http://user:secret@c:4318/", "HttpProtobuf", "http://c:4318/v1/traces")]
    public void Apply_Endpoint_DecidesProtocolAndPath(string endpoint, string protocol, string url)
    {
        var exporter = new OtlpExporterOptions();

        OtlpTarget.Apply(exporter, endpoint, "traces");

        Assert.Equal((protocol, url), (exporter.Protocol.ToString(), exporter.Endpoint.ToString()));
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

        // Three signals, 1.5 s for all of them, and a machine that has other things to do.
        TimeSpan took = TimeProvider.System.GetElapsedTime(started);
        TestContext.Current.TestOutputHelper!.WriteLine($"ended in {took.TotalMilliseconds:0} ms");
        Assert.InRange(took, TimeSpan.Zero, TimeSpan.FromSeconds(4));
        release.SetResult();
    }

    [Fact]
    [Trait("row", "A4")]
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
