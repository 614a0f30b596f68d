using System.Net;
using Gateway.Configuration;
using Gateway.Recording;
using Gateway.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using UpstreamSimulator;
using Xunit;

namespace Gateway.Tests.Canaries;

/// <summary>
/// Every way an upstream can fail, with a secret in every place and an upstream that repeats whatever it was told. An upstream's own words and
/// the caller's own text may reach that caller, as everything an upstream says; keys reach nobody, and nothing of it all reaches a log, a
/// record or a page.
/// </summary>
[Trait("row", "A4")]
[Trait("req", "M6")]
public class CanarySweepTests
{
    public static TheoryData<string, bool> Sweep()
    {
        var data = new TheoryData<string, bool>();
        foreach (string fault in UpstreamFaults.All.Keys)
        {
            data.Add(fault, false);
            data.Add(fault, true);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Sweep))]
    public async Task UpstreamFails_AndRepeatsAllItWasTold_NothingGetsOut(string name, bool isTerminal)
    {
        UpstreamFault fault = UpstreamFaults.All[name];
        int repeated = 0;
        await using RawUpstream bad = RawUpstream.Start(async (connection, request) =>
        {
            string words = CanaryRig.Echo(request);
            repeated += words.Contains("upstream-", StringComparison.Ordinal) ? 1 : 0;
            return await fault.Play!(connection, words);
        });
        await using CanaryRig rig = await CanaryRig.StartAsync(isTerminal, options => Failing(options, name, bad.BaseAddress));
        foreach (bool stream in (bool[])[false, true])
        {
            foreach (string caller in CanaryRig.Callers[..(fault.Play is null || name.Contains("silence", StringComparison.Ordinal) ? 1 : 3)])
            {
                await rig.SendAsync(
                    rig.Request(caller, "/v1/chat/completions", CanaryRig.Chat(stream)),
                    CanaryRig.Words, CanaryRig.Prompt, "query", "header", "user-agent", "idempotency", "user");
            }
        }

        await rig.AssertCleanAsync(2);
        Assert.True(fault.Play is null || repeated > 0, "the upstream was told nothing");
    }

    /// <summary>The controls: a leak in the log, in an answer and in a page is found, in whatever form.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task DeliberateLeak_InTheLog_IsFound(bool isTerminal)
    {
        await using CanaryRig rig = await CanaryRig.StartAsync(isTerminal, customise: static services => services.AddSingleton<IAccessSink, LeakingSink>());
        await rig.SendAsync(rig.Request("client-listed", "/v1/chat/completions", CanaryRig.Chat(stream: false)), "user");

        Exception found = await Assert.ThrowsAnyAsync<Exception>(() => rig.AssertCleanAsync(1));

        Assert.Contains("log: deliberate", found.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DeliberateLeak_InAnAnswer_IsFound()
    {
        await using CanaryRig rig = await CanaryRig.StartAsync(isTerminal: false);
        rig.Rig.Upstream.Respond(static async context =>
        {
            context.Response.Headers["x-told"] = context.Request.Headers.Authorization;
            context.EndCall();
            await context.Response.CompleteAsync();
            return true;
        });
        await rig.SendAsync(rig.Request("client-listed", "/v1/models", null, "GET"));

        Assert.Contains(rig.Sinks.Leaks(), static leak => leak.StartsWith("answer to GET /v1/models: upstream-key", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("zq7canary-admin-0123456789abcdef", "admin")]
    [InlineData("x ZQ7CANARY-Client-Named-0123 y", "Client-Named")]
    [InlineData("enE3Y2FuYXJ5LWFkbWlu", "something in Base64")]
    [InlineData("eHpxN2NhbmFyeS1hZG1pbg==", "something in Base64")]
    [InlineData("eHh6cTdjYW5hcnktYWRtaW4=", "something in Base64")]
    [InlineData("nothing", null)]
    public void In_AnyForm_IsSeen(string text, string? place) => Assert.Equal(place is null ? [] : [place], Canary.In(text));

    private static GatewayOptions Failing(GatewayOptions options, string name, Uri bad)
    {
        Uri address = name switch
        {
            "refused" => new Uri("http://127.0.0.1:1/"),
            "tls" => new UriBuilder(options.Instances[0].ApiBase) { Scheme = "https", Path = "/" }.Uri,
            "tls-silence" => new UriBuilder(bad) { Scheme = "https" }.Uri,
            _ => bad,
        };
        return options with
        {
            Instances =
            [
                GatewayHost.Instance(address, 1, "first") with { Priority = 1, ApiKey = Canary.Of("upstream-first") },
                options.Instances[0] with { Name = "second", Priority = 2, ApiKey = Canary.Of("upstream-second") },
            ],
            Timeouts = options.Timeouts with { FirstByte = TimeSpan.FromSeconds(1), Idle = TimeSpan.FromSeconds(1) },
        };
    }

    private sealed class LeakingSink(ILogger<LeakingSink> logger) : IAccessSink
    {
        public void Write(AccessRecord record) =>
            logger.Log(LogLevel.Debug, default, Canary.Of("deliberate"), null, static (secret, _) => $"A request came with {secret}.");
    }
}
