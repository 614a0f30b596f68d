using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using UpstreamSimulator;
using Xunit;

namespace Gateway.Tests.Support;

public sealed class SimulatorHostTests
{
    private const string Chat = "/v1/chat/completions";

    [Fact]
    public async Task Stats_AfterCalls_CountByModelAndReset()
    {
        await using SimulatorFixture sim = await SimulatorFixture.StartAsync(new SimulatorOptions { Tokens = 4 });
        foreach (string model in (string[])["a", "a", "b"]) (await sim.PostAsync(Chat, $$"""{"model":"{{model}}"}""")).Dispose();

        JsonElement before = await (await sim.Client.GetAsync("/sim/stats", SimulatorFixture.Cancel)).JsonAsync();
        using HttpResponseMessage reset = await sim.Client.PostAsync("/sim/reset", null, SimulatorFixture.Cancel);
        JsonElement after = await (await sim.Client.GetAsync("/sim/stats", SimulatorFixture.Cancel)).JsonAsync();

        Assert.Equal((3, 12), (before.GetProperty("completed").GetInt32(), before.GetProperty("tokens_out").GetInt32()));
        Assert.Equal(2, before.GetProperty("by_model").GetProperty("a").GetProperty("started").GetInt32());
        Assert.Equal(0, before.GetProperty("abort_delay_ms").GetProperty("p99").GetDouble());
        Assert.Equal((0, 0), (after.GetProperty("started").GetInt32(), after.GetProperty("tokens_out").GetInt32()));
        Assert.Empty(sim.Host.Requests);
    }

    [Fact]
    public async Task Live_AnswerRead_HasEnded()
    {
        await using SimulatorFixture sim = await SimulatorFixture.StartAsync();
        for (int i = 0; i < 200; i++)
        {
            using HttpResponseMessage answer = await sim.PostAsync(Chat, i % 2 == 0 ? """{"model":"m"}""" : """{"model":"m","stream":true}""");
            await answer.Content.ReadAsByteArrayAsync(SimulatorFixture.Cancel);
            Assert.Equal(0, sim.Host.Stats.Live);
        }

        Assert.Equal((200L, 1), (sim.Host.Stats.Completed, sim.Host.Stats.MaxLive));
    }

    [Fact]
    public async Task Requests_AnyRequest_KeepTargetHeadersAndBody()
    {
        await using SimulatorFixture sim = await SimulatorFixture.StartAsync();
        using RawConnection client = await RawConnection.OpenAsync(sim.Host.BaseAddress, SimulatorFixture.Cancel);

        await client.PostAsync("/v1/x%2Fy//z?a=%20b&a=&c[d]=1", """{"n": 1.0}""", "X-Twice: 1\r\nX-Twice: 2\r\nX-Latin: \u00e9\r\n", SimulatorFixture.Cancel);
        string answer = await client.ReadUntilAsync("body_sha256", SimulatorFixture.Cancel);

        RecordedRequest request = Assert.Single(sim.Host.Requests);
        Assert.Equal(("POST", "/v1/x%2Fy//z?a=%20b&a=&c[d]=1"), (request.Method, request.RawTarget));
        Assert.Equal(["1", "2"], request.Header("x-twice"));
        Assert.Equal(["\u00e9"], request.Header("x-latin"));
        Assert.Equal("""{"n": 1.0}""", System.Text.Encoding.UTF8.GetString(request.Body));
        Assert.Contains("/v1/x%2Fy//z", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Record_Off_KeepsNothing()
    {
        await using SimulatorFixture sim = await SimulatorFixture.StartAsync(new SimulatorOptions { Record = false });

        (await sim.PostAsync(Chat, """{"model":"m"}""")).Dispose();

        Assert.Empty(sim.Host.Requests);
        Assert.Empty(sim.Host.Calls);
        Assert.Equal(1, sim.Host.Stats.Completed);
    }

    [Fact]
    public async Task Respond_Script_TakesOverAndIsCounted()
    {
        await using SimulatorFixture sim = await SimulatorFixture.StartAsync();
        sim.Host.Respond(async context =>
        {
            using StreamReader reader = new(context.Request.Body);
            if (!(await reader.ReadToEndAsync()).Contains("scripted", StringComparison.Ordinal)) return false;
            context.Response.StatusCode = 529;
            context.EndCall(CallOutcome.Refused);
            await context.Response.WriteAsync("<html>busy</html>");
            return true;
        });

        using HttpResponseMessage scripted = await sim.PostAsync(Chat, """{"model":"scripted"}""");
        using HttpResponseMessage usual = await sim.PostAsync(Chat, """{"model":"m"}""");

        Assert.Equal(((HttpStatusCode)529, HttpStatusCode.OK), (scripted.StatusCode, usual.StatusCode));
        Assert.Equal((1L, 1L), (sim.Host.Stats.Refused, sim.Host.Stats.Completed));
    }

    [Fact]
    public async Task Calls_Nonce_TellsWhoseCallItWas()
    {
        await using SimulatorFixture sim = await SimulatorFixture.StartAsync();

        (await sim.PostAsync(Chat, """{"model":"m"}""", "nonce=n1", "tokens=3")).Dispose();

        CallRecord call = Assert.Single(sim.Host.Calls);
        Assert.Equal(("m", "n1", CallOutcome.Completed, true, 3L), (call.Model, call.Nonce, call.Outcome, call.Billable, call.TokensOut));
        Assert.True(call.EndedTimestamp >= call.ArrivedTimestamp);
    }

    [Fact]
    public async Task WaitUntil_NeverMet_TimesOutShowingTheCounters()
    {
        await using SimulatorFixture sim = await SimulatorFixture.StartAsync();

        TimeoutException error = await Assert.ThrowsAsync<TimeoutException>(
            () => sim.Host.WaitUntil(stats => stats.Live == 9, TimeSpan.FromMilliseconds(1)));

        Assert.Contains("Live = 0", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--port=70000")]
    [InlineData("--bogus", "1")]
    [InlineData("--tokens")]
    [InlineData("--tokens", "many")]
    public void Arguments_Bad_GiveUsage(params string[] arguments)
    {
        SimulatorArguments parsed = SimulatorArguments.Parse(arguments);

        Assert.Null(parsed.Options);
        Assert.Contains(SimulatorArguments.Usage, parsed.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("-h")]
    [InlineData("--port", "1", "--help")]
    public void Arguments_Help_AsksForUsageAndIsNoError(params string[] arguments)
    {
        SimulatorArguments parsed = SimulatorArguments.Parse(arguments);

        Assert.True(parsed.IsHelp);
        Assert.Equal((null, ""), (parsed.Options, parsed.Error));
        Assert.All(
            ["--port", "--concurrency", "--ttft-ms", "--tokens-per-second", "--tokens "],
            static option => Assert.Contains($"\n  {option}", SimulatorArguments.Usage, StringComparison.Ordinal));
    }

    [Fact]
    public void Arguments_Good_BecomeOptions()
    {
        SimulatorArguments parsed = SimulatorArguments.Parse(
            ["--port", "1", "--concurrency=2", "--ttft-ms", "3", "--tokens-per-second", "4.5", "--tokens", "5"]);

        Assert.Equal(
            new SimulatorOptions { Port = 1, Concurrency = 2, TtftMs = 3, TokensPerSecond = 4.5, Tokens = 5, Record = false }, parsed.Options);
    }
}
