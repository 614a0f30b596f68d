using Gateway.Scheduling;
using Xunit;
using static Gateway.Tests.Dispatching.SchedulerHarness;

namespace Gateway.Tests.Dispatching;

/// <summary>The loop around the core: every way an item can end, and who holds the slot until when.</summary>
public sealed class SchedulerTests
{
    [Fact]
    public async Task RunAsync_FreeSlot_ExecutesOnce()
    {
        await using var harness = new SchedulerHarness();
        (Run run, ScriptedExecutor.Call call) = await harness.StartRunningAsync(Low);
        Assert.True(call.Attempt is { Number: 1, Instance: 0, IsPreemptible: true });

        call.End(AttemptVerdict.Final);

        Assert.Equal(new RunResult(true, EndReason.None, TimeSpan.Zero), await run.EndAsync());
    }

    [Fact]
    public async Task RunAsync_HigherTierWithNoFreeSlot_PreemptsAndRequeues()
    {
        await using var harness = new SchedulerHarness();
        (Run low, ScriptedExecutor.Call first) = await harness.StartRunningAsync(Low);
        Run high = harness.Start(High);
        Assert.Equal(CancellationReason.Preempted, await first.StoppedAsync());
        Assert.False(first.Attempt.TryCommit());
        Assert.Equal(0, high.Item.Attempts);

        first.End(AttemptVerdict.Preempted);
        (await high.Executor.NextAsync()).End(AttemptVerdict.Final);
        Assert.True((await high.EndAsync()).Executed);

        ScriptedExecutor.Call second = await low.Executor.NextAsync();
        Assert.True(second.Attempt.Number == 2 && second.Attempt.TryCommit() && second.Attempt.TryCommit());
        second.End(AttemptVerdict.Final);
        Assert.True((await low.EndAsync()).Executed);
        Assert.Equal(1, low.Item.Preemptions);
    }

    [Fact]
    public async Task RunAsync_FinalAnswerOfRevokedAttempt_CountsAsPreempted()
    {
        await using var harness = new SchedulerHarness();
        (Run low, ScriptedExecutor.Call first) = await harness.StartRunningAsync(Low);
        Run high = harness.Start(High);
        await first.StoppedAsync();

        // The executor met some error because of the cancellation and took it for the end.
        first.End(AttemptVerdict.Final);

        (await high.Executor.NextAsync()).End(AttemptVerdict.Final);
        (await low.Executor.NextAsync()).End(AttemptVerdict.Final);
        Assert.True((await low.EndAsync()).Executed);
        Assert.Equal(1, low.Item.Preemptions);
    }

    [Fact]
    [Trait("row", "S3")]
    public async Task RunAsync_Committed_IsNeverPreempted()
    {
        await using var harness = new SchedulerHarness();
        (Run low, ScriptedExecutor.Call call) = await harness.StartRunningAsync(Low);
        Assert.True(call.Attempt.TryCommit());

        Run high = harness.Start(High);
        await harness.UntilAsync(snapshot => snapshot.Tiers[0].Depth == 1);

        Assert.False(call.Attempt.CancellationToken.IsCancellationRequested);
        call.End(AttemptVerdict.Final);
        (await high.Executor.NextAsync()).End(AttemptVerdict.Final);
        Assert.True((await low.EndAsync()).Executed && (await high.EndAsync()).Executed);
    }

    [Fact]
    [Trait("row", "S3")]
    public async Task RunAsync_UpstreamNotEnded_HoldsTheSlotUntilItIs()
    {
        await using var harness = new SchedulerHarness();
        (Run run, ScriptedExecutor.Call call) = await harness.StartRunningAsync(Low);
        Run waiting = harness.Start(Low);
        var upstream = new TaskCompletionSource();

        call.End(AttemptVerdict.Final, upstream.Task);
        Assert.True((await run.EndAsync()).Executed);
        SchedulerSnapshot snapshot = await harness.UntilAsync(snapshot => snapshot.Instances[0].Ending == 1);
        Assert.Equal(1, snapshot.Tiers[1].Depth);
        Assert.Equal(0, waiting.Item.Attempts);

        upstream.SetException(new IOException("reset"));
        (await waiting.Executor.NextAsync()).End(AttemptVerdict.Final);
        Assert.True((await waiting.EndAsync()).Executed);
    }

    [Fact]
    [Trait("row", "S3")]
    public async Task RunAsync_UpstreamNeverEnds_IsReportedAsLeakAtItsInstantAndKeepsTheSlot()
    {
        await using var harness = new SchedulerHarness();
        (Run run, ScriptedExecutor.Call call) = await harness.StartRunningAsync(Low);
        var upstream = new TaskCompletionSource();
        call.End(AttemptVerdict.Final, upstream.Task);
        await run.EndAsync();
        await harness.UntilAsync(snapshot => snapshot.Instances[0].Ending == 1);

        harness.Clock.Advance(TimeSpan.FromSeconds(10) - TimeSpan.FromMilliseconds(1));
        Assert.Equal(0, (await harness.SettledAsync()).Instances[0].Leaked);
        harness.Clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(1, (await harness.SettledAsync()).Instances[0].Leaked);
        Assert.Equal([run.Item], harness.Leaks);

        upstream.SetResult();
        await harness.UntilAsync(snapshot => snapshot.Instances[0] is { Leaked: 0, Ending: 0, Running: 0 });
    }

    [Fact]
    public async Task RunAsync_ExecutorThrows_FreesTheSlotAndRethrows()
    {
        await using var harness = new SchedulerHarness();
        (Run run, ScriptedExecutor.Call call) = await harness.StartRunningAsync(Low);
        Run waiting = harness.Start(Low);

        call.Result.SetException(new InvalidDataException("broken"));

        await Assert.ThrowsAsync<InvalidDataException>(run.EndAsync);
        (await waiting.Executor.NextAsync()).End(AttemptVerdict.Final);
        Assert.True((await waiting.EndAsync()).Executed);
    }

    [Fact]
    public async Task RunAsync_DefaultResult_CountsAsFinalAndEnded()
    {
        await using var harness = new SchedulerHarness();
        (Run run, ScriptedExecutor.Call call) = await harness.StartRunningAsync(Low);

        call.Result.SetResult(default);

        Assert.True((await run.EndAsync()).Executed);
        await harness.UntilAsync(snapshot => snapshot.Instances[0].Running == 0);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task RunAsync_PreemptedThoughNobodyInterruptedIt_CountsAsFinal(bool committed)
    {
        await using var harness = new SchedulerHarness();
        (Run run, ScriptedExecutor.Call call) = await harness.StartRunningAsync(Low);
        Assert.True(!committed || call.Attempt.TryCommit());
        call.Attempt.Cancel(CancellationReason.TimedOut);

        call.End(AttemptVerdict.Preempted);

        Assert.True((await run.EndAsync()).Executed);
        Assert.Equal((1, 0), (run.Item.Attempts, run.Item.Preemptions));
    }

    [Theory]
    [InlineData(AttemptVerdict.Retry)]
    [InlineData(AttemptVerdict.Deferred)]
    public async Task RunAsync_CommittedAndToBeTriedAgain_CountsAsFinalAndHoldsTheSlotUntilTheUpstreamEnds(AttemptVerdict verdict)
    {
        await using var harness = new SchedulerHarness();
        (Run run, ScriptedExecutor.Call call) = await harness.StartRunningAsync(Low);
        Assert.True(call.Attempt.TryCommit());
        var upstream = new TaskCompletionSource();

        call.End(verdict, upstream.Task);

        Assert.True((await run.EndAsync()).Executed);
        SchedulerSnapshot state = await harness.SettledAsync();
        Assert.Equal((1, 1, 0L, 0L), (state.Instances[0].Ending, run.Item.Attempts, state.Tiers[1].Retried, state.Tiers[1].Deferred));
        upstream.SetResult();
        Assert.Equal(1, (await harness.UntilAsync(static state => state.Instances[0].Ending == 0)).Tiers[1].Completed);
    }

    [Theory]
    [InlineData(-1, 1)]
    [InlineData(InstanceSet.MaxInstances, 1)]
    [InlineData(0, -1)]
    public async Task SetLimit_OutOfRange_ThrowsAndDisturbsNobody(int instance, int limit)
    {
        await using var harness = new SchedulerHarness();

        Assert.Throws<ArgumentOutOfRangeException>(() => harness.Scheduler.SetLimit(instance, limit));

        (Run run, ScriptedExecutor.Call call) = await harness.StartRunningAsync(Low);
        call.End(AttemptVerdict.Final);
        Assert.True((await run.EndAsync()).Executed);
    }

    [Theory]
    [InlineData(-1, GateKind.Pause)]
    [InlineData(InstanceSet.MaxInstances, GateKind.Pause)]
    [InlineData(0, (GateKind)99)]
    public async Task CloseGate_OutOfRange_ThrowsAndDisturbsNobody(int instance, GateKind gate)
    {
        await using var harness = new SchedulerHarness();

        Assert.Throws<ArgumentOutOfRangeException>(() => harness.Scheduler.CloseGate(instance, gate, TimeSpan.FromSeconds(1)));

        (Run run, ScriptedExecutor.Call call) = await harness.StartRunningAsync(Low);
        call.End(AttemptVerdict.Final);
        Assert.True((await run.EndAsync()).Executed);
    }

    [Fact]
    public async Task RunAsync_SameItemTwice_ThrowsAndDisturbsNobody()
    {
        await using var harness = new SchedulerHarness();
        (Run run, ScriptedExecutor.Call call) = await harness.StartRunningAsync(Low);

        await Assert.ThrowsAsync<InvalidOperationException>(harness.Start(Low, item: run.Item).EndAsync);

        call.End(AttemptVerdict.Final);
        Assert.True((await run.EndAsync()).Executed);
    }

    [Fact]
    public async Task RunAsync_NoSuchTier_ThrowsAndDisturbsNobody()
    {
        await using var harness = new SchedulerHarness();
        (Run run, ScriptedExecutor.Call call) = await harness.StartRunningAsync(Low);

        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(harness.Start(Low with { Priority = 99 }).EndAsync);

        Run queued = harness.Start(Low);
        call.End(AttemptVerdict.Final);
        (await queued.Executor.NextAsync()).End(AttemptVerdict.Final);
        Assert.True((await run.EndAsync()).Executed && (await queued.EndAsync()).Executed);
    }

    [Fact]
    [Trait("row", "S8")]
    public async Task RunAsync_RetryLater_SleepsWithoutSlotAndWakesAtItsInstant()
    {
        await using var harness = new SchedulerHarness();
        (Run run, ScriptedExecutor.Call call) = await harness.StartRunningAsync(Low);
        call.End(AttemptVerdict.Retry, retryAfter: TimeSpan.FromSeconds(5));
        SchedulerSnapshot asleep = await harness.UntilAsync(snapshot => snapshot.Tiers[1].Sleeping == 1);
        Assert.Equal(0, asleep.Instances[0].Running);
        Assert.Equal(1, harness.Clock.ArmedTimers);

        harness.Clock.Advance(TimeSpan.FromMilliseconds(4999));
        Assert.Equal(1, (await harness.SettledAsync()).Tiers[1].Sleeping);
        harness.Clock.Advance(TimeSpan.FromMilliseconds(1));

        ScriptedExecutor.Call second = await run.Executor.NextAsync();
        second.End(AttemptVerdict.Final);
        Assert.True((await run.EndAsync()).Executed);
        Assert.Equal(1, run.Item.Retries);
    }

    [Fact]
    [Trait("row", "S7")]
    public async Task RunAsync_QueueTimeoutAndDeadline_EndAtTheirInstants()
    {
        await using var harness = new SchedulerHarness();
        (_, ScriptedExecutor.Call call) = await harness.StartRunningAsync(Low);
        Run expires = harness.Start(Low);
        Run deadline = harness.Start(Low, item: new WorkItem(Low, InstanceSet.Of(0)) { CallerDeadline = TimeSpan.FromSeconds(3) });
        await harness.UntilAsync(snapshot => snapshot.Tiers[1].Depth == 2);
        Assert.Equal(1, harness.Clock.ArmedTimers);

        harness.Clock.Advance(TimeSpan.FromSeconds(3) - TimeSpan.FromMilliseconds(1));
        Assert.Equal(2, (await harness.SettledAsync()).Tiers[1].Depth);
        harness.Clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(EndReason.DeadlineExceeded, await deadline.ReasonAsync());
        harness.Clock.Advance(TimeSpan.FromSeconds(27));
        Assert.Equal(EndReason.Expired, await expires.ReasonAsync());
        call.End(AttemptVerdict.Final);
    }

    [Fact]
    [Trait("row", "S6")]
    public async Task RunAsync_NoRoomOrNoInstance_IsRejectedAtOnce()
    {
        await using var harness = new SchedulerHarness();
        (_, ScriptedExecutor.Call call) = await harness.StartRunningAsync(Low);

        Assert.Equal(EndReason.QueueFull, await harness.Start(Low with { MaxQueueLength = 0 }).ReasonAsync());
        Assert.Equal(EndReason.QueueBytesFull, await harness.Start(Low with { MaxQueueBytes = 9 }).ReasonAsync());
        Assert.Equal(EndReason.NoInstance, await harness.Start(Low, item: new WorkItem(Low, InstanceSet.Of(5))).ReasonAsync());
        call.End(AttemptVerdict.Final);
    }
}
