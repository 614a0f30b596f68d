using System.Net;
using UpstreamSimulator;
using Xunit;

namespace Gateway.Tests.Support;

public sealed class SimulatorFaultTests
{
    private const string Chat = "/v1/chat/completions";
    private const string Plain = """{"model":"m","messages":[]}""";
    private const string Streamed = """{"model":"m","stream":true,"messages":[]}""";

    [Theory]
    [InlineData(Plain, "reset-before-headers")]
    [InlineData(Streamed, "reset-before-headers")]
    [InlineData(Plain, "reset-after:2")]
    public async Task Reset_BeforeHeaders_FailsTheSend(string body, string fault)
    {
        await using SimulatorFixture sim = await SimulatorFixture.StartAsync();

        HttpRequestException error = await Assert.ThrowsAsync<HttpRequestException>(() => sim.PostAsync(Chat, body, "fail=" + fault));

        Assert.IsAssignableFrom<IOException>(error.InnerException);
        // A reset call had started: a provider may bill it.
        Assert.True(sim.Host.Stats is { Failed: 1, BillableStarts: 1, Live: 0 });
    }

    [Fact]
    public async Task ResetAfter_Stream_DeliversChunksThenResets()
    {
        await using SimulatorFixture sim = await SimulatorFixture.StartAsync();
        using HttpResponseMessage answer = await sim.PostAsync(Chat, Streamed, "fail=reset-after:3");
        using StreamReader reader = new(await answer.Content.ReadAsStreamAsync(SimulatorFixture.Cancel));

        List<string> lines = [];
        await Assert.ThrowsAnyAsync<IOException>(async () =>
        {
            while (await reader.ReadLineAsync(SimulatorFixture.Cancel) is { } line) lines.Add(line);
        });

        Assert.Equal(3, lines.Count(line => line.Contains("\"content\":\"", StringComparison.Ordinal)) - 1);
        Assert.True(sim.Host.Stats is { Failed: 1, TokensOut: 3, Live: 0 });
    }

    [Theory]
    [InlineData(Plain)]
    [InlineData(Streamed)]
    public async Task Truncate_AnyAnswer_DeliversBytesThenClosesWithoutEnd(string body)
    {
        await using SimulatorFixture sim = await SimulatorFixture.StartAsync();
        using HttpResponseMessage answer = await sim.PostAsync(Chat, body, "fail=truncate:100");
        Stream content = await answer.Content.ReadAsStreamAsync(SimulatorFixture.Cancel);

        byte[] buffer = new byte[4096];
        int read = 0;
        HttpIOException error = await Assert.ThrowsAsync<HttpIOException>(async () =>
        {
            while (true) read += await content.ReadAsync(buffer.AsMemory(read), SimulatorFixture.Cancel);
        });

        Assert.Equal((100, HttpRequestError.ResponseEnded), (read, error.HttpRequestError));
        Assert.Equal(1, sim.Host.Stats.Failed);
    }

    [Theory]
    [InlineData("no-done", true)]
    [InlineData("no-finish", false)]
    public async Task NoDone_Stream_EndsCleanlyWithoutLastEvent(string fault, bool finishes)
    {
        await using SimulatorFixture sim = await SimulatorFixture.StartAsync();
        using HttpResponseMessage answer = await sim.PostAsync(Chat, Streamed, "fail=" + fault);

        string[] events = await answer.EventsAsync();

        Assert.DoesNotContain("[DONE]", events);
        Assert.Equal(finishes, events[^1].Contains("\"finish_reason\":\"stop\"", StringComparison.Ordinal));
        Assert.Equal(1, sim.Host.Stats.Failed);
    }

    [Fact]
    public async Task Hang_ClientCancels_CountsAborted()
    {
        await using SimulatorFixture sim = await SimulatorFixture.StartAsync();
        using CancellationTokenSource cancel = new();
        using HttpRequestMessage request = new(HttpMethod.Post, Chat) { Content = new StringContent("""{"model":"sim:fail=hang"}""") };
        Task<HttpResponseMessage> send = sim.Client.SendAsync(request, cancel.Token);
        await sim.WaitUntil(stats => stats is { Live: 1, BillableStarts: 1 });

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => send);
        await sim.WaitUntil(stats => stats is { Live: 0, Aborted: 1 });
    }

    [Fact]
    public async Task Status_WithRetryAfterAndCode_AnswersThem()
    {
        await using SimulatorFixture sim = await SimulatorFixture.StartAsync();

        using HttpResponseMessage answer = await sim.PostAsync(Chat, Streamed, "status=429", "retry-after=7", "error-code=insufficient_quota");

        Assert.Equal((HttpStatusCode.TooManyRequests, "7"), (answer.StatusCode, answer.Header("retry-after")));
        Assert.Contains("insufficient_quota", (await answer.JsonAsync()).GetProperty("error").GetProperty("code").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task FailTimes_PerNonce_FailsThatOftenThenSucceeds()
    {
        await using SimulatorFixture sim = await SimulatorFixture.StartAsync();
        List<HttpStatusCode> statuses = [];
        foreach (string nonce in (string[])["a", "a", "b", "a", "a"])
        {
            using HttpResponseMessage answer = await sim.PostAsync(Chat, Plain, "status=503", "fail-times=2", "nonce=" + nonce);
            statuses.Add(answer.StatusCode);
        }

        const HttpStatusCode Down = HttpStatusCode.ServiceUnavailable, Up = HttpStatusCode.OK;
        Assert.Equal([Down, Down, Down, Up, Up], statuses);
    }

    [Fact]
    public async Task Concurrency_OneMore_IsRefusedWith429()
    {
        await using SimulatorFixture sim = await SimulatorFixture.StartAsync(new SimulatorOptions { Concurrency = 2 });
        using RawConnection first = await RawConnection.OpenAsync(sim.Host.BaseAddress, SimulatorFixture.Cancel);
        using RawConnection second = await RawConnection.OpenAsync(sim.Host.BaseAddress, SimulatorFixture.Cancel);
        await first.PostAsync(Chat, Plain, "x-sim-fail: hang\r\n", SimulatorFixture.Cancel);
        await second.PostAsync(Chat, Plain, "x-sim-fail: hang\r\n", SimulatorFixture.Cancel);
        await sim.WaitUntil(stats => stats.BillableStarts == 2);

        using HttpResponseMessage answer = await sim.PostAsync(Chat, Plain);

        Assert.Equal((HttpStatusCode.TooManyRequests, "1"), (answer.StatusCode, answer.Header("retry-after")));
        Assert.True(sim.Host.Stats is { Live: 2, MaxLive: 2, Refused: 1, Started: 3, BillableStarts: 2 });
    }
}
