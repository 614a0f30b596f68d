using UpstreamSimulator;
using Xunit;

namespace Gateway.Tests.Support;

/// <summary>What the gateway's confirmed abort relies on: FIN in, the call ends, FIN out.</summary>
public sealed class SimulatorAbortTests
{
    private const string Plain = """{"model":"m","messages":[]}""";
    private const string Streamed = """{"model":"m","stream":true,"messages":[]}""";

    [Theory]
    [InlineData(Plain)]
    [InlineData(Streamed)]
    public async Task HalfClose_BeforeFirstToken_EndsCallThenClosesCleanly(string body)
    {
        await using SimulatorFixture sim = await SimulatorFixture.StartAsync();
        using RawConnection client = await RawConnection.OpenAsync(sim.Host.BaseAddress, SimulatorFixture.Cancel);
        await client.PostAsync("/v1/chat/completions", body, "x-sim-ttft-ms: 60000\r\n", SimulatorFixture.Cancel);
        await sim.WaitUntil(stats => stats.BillableStarts == 1);

        client.CloseSending();
        string rest = await client.ReadToEndAsync(SimulatorFixture.Cancel).WaitAsync(SimulatorFixture.Guard, SimulatorFixture.Cancel);

        // Read after the end of the connection, without waiting: live ended first.
        Assert.Equal("", rest);
        Assert.Equal((0, 1L, 0L), (sim.Host.Stats.Live, sim.Host.Stats.Aborted, sim.Host.Stats.TokensOut));
        Assert.InRange(Reaction(sim.Host), 0, 5_000);
    }

    [Fact]
    public async Task HalfClose_WhileStreaming_EndsCallThenClosesCleanly()
    {
        await using SimulatorFixture sim = await SimulatorFixture.StartAsync();
        using RawConnection client = await RawConnection.OpenAsync(sim.Host.BaseAddress, SimulatorFixture.Cancel);
        await client.PostAsync("/v1/chat/completions", Streamed, "x-sim-tokens: 100000\r\nx-sim-tps: 200\r\n", SimulatorFixture.Cancel);
        await client.ReadUntilAsync("\"content\":\" sun\"", SimulatorFixture.Cancel);

        client.CloseSending();
        string rest = await client.ReadToEndAsync(SimulatorFixture.Cancel).WaitAsync(SimulatorFixture.Guard, SimulatorFixture.Cancel);

        Assert.DoesNotContain("[DONE]", rest, StringComparison.Ordinal);
        Assert.Equal((0, 1L, 0L), (sim.Host.Stats.Live, sim.Host.Stats.Aborted, sim.Host.Stats.Completed));
        Assert.InRange(Reaction(sim.Host), 0, 5_000);
    }

    [Theory]
    [InlineData("x-sim-ttft-ms: 60000\r\n", false)]
    [InlineData("x-sim-tokens: 100000\r\nx-sim-tps: 200\r\n", true)]
    public async Task HalfClose_UpstreamIgnoresAbort_StaysLiveAndOpenUntilItsTimeIsOver(string knobs, bool streaming)
    {
        await using SimulatorFixture sim = await SimulatorFixture.StartAsync();
        using RawConnection client = await RawConnection.OpenAsync(sim.Host.BaseAddress, SimulatorFixture.Cancel);
        await client.PostAsync("/v1/chat/completions", Streamed, knobs + "x-sim-ignore-abort-ms: 300\r\n", SimulatorFixture.Cancel);
        await sim.WaitUntil(stats => stats.BillableStarts == 1);
        if (streaming) await client.ReadUntilAsync("\"content\":\" sun\"", SimulatorFixture.Cancel);

        client.CloseSending();
        await sim.WaitUntil(stats => stats is { Aborting: 1, Live: 1 });
        await client.ReadToEndAsync(SimulatorFixture.Cancel).WaitAsync(SimulatorFixture.Guard, SimulatorFixture.Cancel);

        // The end of the connection was read with the call already ended, and the call ended no earlier than 300 ms after the abort.
        CallRecord call = Assert.Single(sim.Host.Calls);
        Assert.Equal((0, CallOutcome.Aborted), (sim.Host.Stats.Live, call.Outcome));
        Assert.InRange(Reaction(sim.Host), 300, 5_000);
    }

    [Fact]
    public async Task Reset_MidCall_EndsCall()
    {
        await using SimulatorFixture sim = await SimulatorFixture.StartAsync();
        using RawConnection client = await RawConnection.OpenAsync(sim.Host.BaseAddress, SimulatorFixture.Cancel);
        await client.PostAsync("/v1/chat/completions", Plain, "x-sim-fail: hang\r\n", SimulatorFixture.Cancel);
        await sim.WaitUntil(stats => stats.BillableStarts == 1);

        client.Reset();

        await sim.WaitUntil(stats => stats is { Live: 0, Aborted: 1 });
    }

    [Fact]
    public async Task HalfClose_DuringUpload_EndsCallUnbilled()
    {
        await using SimulatorFixture sim = await SimulatorFixture.StartAsync();
        using RawConnection client = await RawConnection.OpenAsync(sim.Host.BaseAddress, SimulatorFixture.Cancel);
        await client.SendAsync("POST /v1/chat/completions HTTP/1.1\r\nHost: sim\r\nContent-Length: 1000\r\n\r\n{", SimulatorFixture.Cancel);
        await sim.WaitUntil(stats => stats.Live == 1);

        client.CloseSending();

        await sim.WaitUntil(stats => stats is { Live: 0, Aborted: 1, BillableStarts: 0 });
    }

    [Fact]
    public async Task HalfClose_PlainAnswerHalfGenerated_CountsTheTokensDone()
    {
        await using SimulatorFixture sim = await SimulatorFixture.StartAsync();
        using RawConnection client = await RawConnection.OpenAsync(sim.Host.BaseAddress, SimulatorFixture.Cancel);
        await client.PostAsync("/v1/chat/completions", Plain, "x-sim-tokens: 1000000\r\nx-sim-tps: 100000\r\n", SimulatorFixture.Cancel);
        await sim.WaitUntil(stats => stats.BillableStarts == 1);

        client.CloseSending();
        await sim.WaitUntil(stats => stats is { Live: 0, Aborted: 1 });

        Assert.InRange(sim.Host.Stats.TokensOut, 1, 999_999);
    }

    [Fact]
    public async Task HalfClose_IdleKeepAlive_ClosesCleanly()
    {
        await using SimulatorFixture sim = await SimulatorFixture.StartAsync();
        using RawConnection client = await RawConnection.OpenAsync(sim.Host.BaseAddress, SimulatorFixture.Cancel);
        await client.PostAsync("/v1/chat/completions", Streamed, "", SimulatorFixture.Cancel);
        await client.ReadUntilAsync("\r\n0\r\n\r\n", SimulatorFixture.Cancel);

        client.CloseSending();

        Assert.Equal("", await client.ReadToEndAsync(SimulatorFixture.Cancel).WaitAsync(SimulatorFixture.Guard, SimulatorFixture.Cancel));
        Assert.True(sim.Host.Stats is { Completed: 1, Aborted: 0 });
    }

    [Fact]
    public async Task Dispose_HangingCallThatIgnoresAborts_DoesNotWait()
    {
        SimulatorFixture sim = await SimulatorFixture.StartAsync();
        using RawConnection client = await RawConnection.OpenAsync(sim.Host.BaseAddress, SimulatorFixture.Cancel);
        await client.PostAsync("/v1/chat/completions", Plain, "x-sim-fail: hang\r\nx-sim-ignore-abort-ms: 600000\r\n", SimulatorFixture.Cancel);
        await sim.WaitUntil(stats => stats.BillableStarts == 1);

        await sim.DisposeAsync().AsTask().WaitAsync(SimulatorFixture.Guard, SimulatorFixture.Cancel);
    }

    [Fact]
    public async Task Reset_OfCountersMidCall_KeepsTheSums()
    {
        await using SimulatorFixture sim = await SimulatorFixture.StartAsync();
        using RawConnection client = await RawConnection.OpenAsync(sim.Host.BaseAddress, SimulatorFixture.Cancel);
        await client.PostAsync("/v1/chat/completions", Plain, "x-sim-fail: hang\r\n", SimulatorFixture.Cancel);
        await sim.WaitUntil(stats => stats.BillableStarts == 1);

        sim.Host.Reset();
        Assert.True(sim.Host.Stats is { Live: 1, MaxLive: 1, Started: 1, BillableStarts: 0 });
        client.Reset();

        await sim.WaitUntil(stats => stats is { Live: 0, Started: 1, Aborted: 1 });
        Assert.Equal(0, sim.Host.Stats.ByModel["m"].Live);
    }

    private static double Reaction(SimulatorHost host)
    {
        CallRecord call = Assert.Single(host.Calls);
        return TimeProvider.System.GetElapsedTime(call.AbortedTimestamp!.Value, call.EndedTimestamp!.Value).TotalMilliseconds;
    }
}
