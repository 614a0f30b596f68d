using Gateway.Scheduling;
using Xunit;
using static Gateway.Tests.Dispatching.SchedulerHarness;

namespace Gateway.Tests.Dispatching;

/// <summary>The caller goes away in each state: one end, no requeue, the slot kept until the upstream call is over (I11).</summary>
[Trait("row", "S7")]
[Trait("row", "U9")]
public sealed class SchedulerCallerGoneTests
{
    [Fact]
    public async Task RunAsync_CallerGoneBeforeSubmit_NeverRuns()
    {
        await using var harness = new SchedulerHarness();
        (_, ScriptedExecutor.Call call) = await harness.StartRunningAsync(Low);

        using var caller = new CancellationTokenSource();
        await caller.CancelAsync();

        Assert.Equal(EndReason.CallerGone, await harness.Start(Low, caller).ReasonAsync());
        call.End(AttemptVerdict.Final);
    }

    [Fact]
    public async Task RunAsync_CallerGoneWhileQueued_IsEvicted()
    {
        await using var harness = new SchedulerHarness();
        (_, ScriptedExecutor.Call call) = await harness.StartRunningAsync(Low);
        using var caller = new CancellationTokenSource();
        Run run = harness.Start(Low, caller);

        await caller.CancelAsync();

        Assert.Equal(EndReason.CallerGone, await run.ReasonAsync());
        Assert.Equal(0, run.Item.Attempts);
        call.End(AttemptVerdict.Final);
    }

    [Theory]
    [InlineData(AttemptVerdict.Final)]
    [InlineData(AttemptVerdict.Preempted)]
    [InlineData(AttemptVerdict.Retry)]
    public async Task RunAsync_CallerGoneWhileRunning_StopsTheAttemptAndEndsOnce(AttemptVerdict verdict)
    {
        await using var harness = new SchedulerHarness();
        using var caller = new CancellationTokenSource();
        (Run run, ScriptedExecutor.Call call) = await harness.StartRunningAsync(Low, caller);

        await caller.CancelAsync();
        Assert.Equal(CancellationReason.CallerGone, await call.StoppedAsync());
        Assert.Equal(1, (await harness.SettledAsync()).Instances[0].Ending);
        call.End(verdict);

        Assert.Equal(EndReason.CallerGone, await run.ReasonAsync());
        Assert.Equal(1, run.Item.Attempts);
        Assert.Equal(0, (await harness.SettledAsync()).Instances[0].Ending);
    }

    [Fact]
    public async Task RunAsync_CallerGoneWhileRevoked_IsNotRequeued()
    {
        await using var harness = new SchedulerHarness();
        using var caller = new CancellationTokenSource();
        (Run low, ScriptedExecutor.Call call) = await harness.StartRunningAsync(Low, caller);
        Run high = harness.Start(High);
        await call.StoppedAsync();

        await caller.CancelAsync();
        call.End(AttemptVerdict.Preempted);

        Assert.Equal(EndReason.CallerGone, await low.ReasonAsync());
        (await high.Executor.NextAsync()).End(AttemptVerdict.Final);
        Assert.True((await high.EndAsync()).Executed);
    }

    [Fact]
    public async Task RunAsync_CallerGoneBetweenAttempts_IsEvicted()
    {
        await using var harness = new SchedulerHarness();
        using var caller = new CancellationTokenSource();
        (Run run, ScriptedExecutor.Call call) = await harness.StartRunningAsync(Low, caller);
        call.End(AttemptVerdict.Retry, retryAfter: TimeSpan.FromSeconds(5));
        await harness.UntilAsync(snapshot => snapshot.Tiers[1].Sleeping == 1);

        await caller.CancelAsync();

        Assert.Equal(EndReason.CallerGone, await run.ReasonAsync());
        Assert.Empty((await harness.SettledAsync()).Items);
    }

    [Theory]
    [InlineData(AttemptVerdict.Retry)]
    [InlineData(AttemptVerdict.Final)]
    public async Task RunAsync_CallerGoneWhileUpstreamNeverEnds_ReturnsAtOnceAndKeepsTheSlot(AttemptVerdict verdict)
    {
        await using var harness = new SchedulerHarness();
        using var caller = new CancellationTokenSource();
        (Run low, ScriptedExecutor.Call call) = await harness.StartRunningAsync(Low, caller);
        var upstream = new TaskCompletionSource();
        if (verdict == AttemptVerdict.Final)
        {
            // Of a revoked attempt: the scheduler takes it for a preemption.
            harness.Start(High);
            await call.StoppedAsync();
        }

        call.End(verdict, upstream.Task);
        await harness.UntilAsync(snapshot => snapshot.Items.Any(item => item is { Sequence: 1, State: ItemState.Closing }));
        Assert.False(low.Task.IsCompleted);

        await caller.CancelAsync();

        Assert.Equal(EndReason.CallerGone, await low.ReasonAsync());
        Assert.Equal(1, (await harness.SettledAsync()).Instances[0].Ending);
        upstream.SetResult();
        await harness.UntilAsync(snapshot => snapshot.Instances[0].Ending == 0);
    }

    [Fact]
    public async Task RunAsync_CallerGoneAfterCommit_StopsTheStreamAndCountsAsExecuted()
    {
        await using var harness = new SchedulerHarness();
        using var caller = new CancellationTokenSource();
        (Run run, ScriptedExecutor.Call call) = await harness.StartRunningAsync(Low, caller);
        Assert.True(call.Attempt.TryCommit());

        await caller.CancelAsync();
        Assert.Equal(CancellationReason.CallerGone, await call.StoppedAsync());
        call.End(AttemptVerdict.Final);

        Assert.True((await run.EndAsync()).Executed);
    }
}
