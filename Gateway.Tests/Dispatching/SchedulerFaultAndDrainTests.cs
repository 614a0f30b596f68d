using Gateway.Scheduling;
using Gateway.Tests.Support;
using Xunit;
using static Gateway.Tests.Dispatching.SchedulerHarness;

namespace Gateway.Tests.Dispatching;

/// <summary>The ends of the scheduler itself: a fault closes it, a drain empties it, disposal answers everybody.</summary>
public sealed class SchedulerFaultAndDrainTests
{
    [Fact]
    public async Task RunAsync_StepFaults_EverybodyWaitingNowOrLaterIsRefused()
    {
        await using var harness = new SchedulerHarness();
        (Run running, ScriptedExecutor.Call call) = await harness.StartRunningAsync(Low);
        Run queued = harness.Start(Low);

        await harness.BreakAsync();

        Assert.Equal(EndReason.Faulted, await queued.ReasonAsync());
        Assert.Equal(EndReason.Faulted, await harness.Start(High).ReasonAsync());
        (Exception fault, string journal) = await harness.Fault.Task.Soon();
        Assert.IsType<InvalidOperationException>(fault);
        Assert.Contains("> TierPaused", journal, StringComparison.Ordinal);
        call.End(AttemptVerdict.Final);
        Assert.True((await running.EndAsync()).Executed);
    }

    [Fact]
    public async Task SnapshotAsync_ThatFails_FailsAloneAndTheSchedulerGoesOn()
    {
        var clock = new ClockThatFails();
        await using var scheduler = new Scheduler(new SchedulerOptions { Tiers = [High, Low], InstanceLimits = [1] }, clock);

        // The tick that wakes the loop reads it once, the snapshot once more.
        clock.FailsAfter = 1;
        await Assert.ThrowsAsync<InvalidOperationException>(() => scheduler.SnapshotAsync().Soon());

        var executor = new ScriptedExecutor();
        Task<RunResult> run = scheduler.RunAsync(new WorkItem(Low, InstanceSet.Of(0)), executor, CancellationToken.None).AsTask();
        Assert.Equal(1, (await scheduler.SnapshotAsync().Soon()).Tiers[1].Running);
        (await executor.NextAsync()).End(AttemptVerdict.Final);
        Assert.True((await run.Soon()).Executed);
    }

    [Fact]
    public async Task RunAsync_ItsOwnStepFaults_IsRefused()
    {
        var clock = new ClockThatFails();
        await using var scheduler = new Scheduler(new SchedulerOptions { Tiers = [High, Low], InstanceLimits = [1] }, clock);
        clock.FailsAfter = 0;

        ValueTask<RunResult> run = scheduler.RunAsync(new WorkItem(Low, InstanceSet.Of(0)), new ScriptedExecutor(), CancellationToken.None);

        Assert.Equal(EndReason.Faulted, (await run.AsTask().Soon()).Reason);
    }

    [Fact]
    public async Task RunAsync_AttemptNotFinalAfterFault_IsRefused()
    {
        await using var harness = new SchedulerHarness();
        (Run running, ScriptedExecutor.Call call) = await harness.StartRunningAsync(Low);
        await harness.BreakAsync();

        call.End(AttemptVerdict.Retry);

        Assert.Equal(EndReason.Faulted, await running.ReasonAsync());
    }

    [Fact]
    public async Task RunAsync_CallerGoneAfterFault_StillStopsTheAttempt()
    {
        await using var harness = new SchedulerHarness();
        using var caller = new CancellationTokenSource();
        (Run running, ScriptedExecutor.Call call) = await harness.StartRunningAsync(Low, caller);
        await harness.BreakAsync();

        await caller.CancelAsync();

        Assert.Equal(CancellationReason.CallerGone, await call.StoppedAsync());
        call.End(AttemptVerdict.Preempted);
        Assert.Equal(EndReason.Faulted, await running.ReasonAsync());
    }

    [Fact]
    public async Task DrainAsync_AfterFault_WaitsForRunningAttemptsOnly()
    {
        await using var harness = new SchedulerHarness();
        (Run running, ScriptedExecutor.Call call) = await harness.StartRunningAsync(Low);
        await harness.BreakAsync();
        Task<bool> drained = harness.Scheduler.DrainAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
        await harness.SettledAsync();
        Assert.False(drained.IsCompleted);

        call.End(AttemptVerdict.Final);

        Assert.True((await running.EndAsync()).Executed);
        Assert.True(await drained.Soon());
    }

    [Fact]
    public async Task Callback_Throws_FailsClosedInsteadOfHanging()
    {
        await using var scheduler = new Scheduler(
            new SchedulerOptions { Tiers = [Low], InstanceLimits = [1], CancelConfirmTimeout = TimeSpan.Zero },
            callbacks: new SchedulerCallbacks
            {
                Leaked = static _ => throw new InvalidOperationException("leak"),
                Faulted = static (_, _) => throw new InvalidOperationException("fault"),
            });
        var executor = new ScriptedExecutor();
        Task<RunResult> first = scheduler.RunAsync(new WorkItem(Low, InstanceSet.Of(0)), executor, TestContext.Current.CancellationToken).AsTask();
        Task<RunResult> queued = scheduler.RunAsync(new WorkItem(Low, InstanceSet.Of(0)), executor, TestContext.Current.CancellationToken).AsTask();

        (await executor.NextAsync()).End(AttemptVerdict.Final, new TaskCompletionSource().Task);

        Assert.True((await first.Soon()).Executed);
        Assert.Equal(EndReason.Faulted, (await queued.Soon()).Reason);
        Task<RunResult> later = scheduler.RunAsync(new WorkItem(Low, InstanceSet.Of(0)), executor, TestContext.Current.CancellationToken).AsTask();
        Assert.Equal(EndReason.Faulted, (await later.Soon()).Reason);
    }

    [Fact]
    public async Task DrainAsync_WorkEndsInTime_FinishesAdmittedAndRefusesNew()
    {
        await using var harness = new SchedulerHarness();
        (Run running, ScriptedExecutor.Call call) = await harness.StartRunningAsync(Low);
        Run queued = harness.Start(Low);
        Task<bool> drained = harness.Scheduler.DrainAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);

        Assert.Equal(EndReason.Draining, await harness.Start(High).ReasonAsync());
        call.End(AttemptVerdict.Final);
        (await queued.Executor.NextAsync()).End(AttemptVerdict.Final);

        Assert.True(await drained.Soon());
        Assert.True((await running.EndAsync()).Executed && (await queued.EndAsync()).Executed);
    }

    [Fact]
    public async Task DrainAsync_LimitPasses_EvictsWaitingAndStopsRunning()
    {
        await using var harness = new SchedulerHarness();
        (Run running, ScriptedExecutor.Call call) = await harness.StartRunningAsync(Low);
        Run queued = harness.Start(Low);
        Task<bool> drained = harness.Scheduler.DrainAsync(TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken);
        await harness.UntilAsync(static snapshot => snapshot.Draining);

        harness.Clock.Advance(TimeSpan.FromSeconds(5));

        Assert.False(await drained.Soon());
        Assert.Equal(EndReason.Draining, await queued.ReasonAsync());
        Assert.Equal(CancellationReason.Draining, await call.StoppedAsync());
        call.End(AttemptVerdict.Preempted);
        Assert.Equal(EndReason.Draining, await running.ReasonAsync());
        await harness.Scheduler.Drained.Soon();
    }

    [Fact]
    public async Task DrainAsync_LimitPassesAndAnUpstreamNeverEnds_EndsItsCallerAndDoesNotWaitForTheSlot()
    {
        await using var harness = new SchedulerHarness();
        (Run run, ScriptedExecutor.Call call) = await harness.StartRunningAsync(Low);
        call.End(AttemptVerdict.Retry, new TaskCompletionSource().Task);
        Task<bool> drained = harness.Scheduler.DrainAsync(TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken);
        await harness.UntilAsync(static snapshot => snapshot.Draining && snapshot.Instances[0].Ending == 1);
        Assert.False(harness.Scheduler.Drained.IsCompleted);

        harness.Clock.Advance(TimeSpan.FromSeconds(5));

        Assert.False(await drained.Soon());
        Assert.Equal(EndReason.Draining, await run.ReasonAsync());
        await harness.Scheduler.Drained.Soon();
        Assert.Equal(1, (await harness.SettledAsync()).Instances[0].Ending);
    }

    [Fact]
    public async Task DrainAsync_OnlySlotsAreLeft_IsDrained()
    {
        await using var harness = new SchedulerHarness();
        (Run run, ScriptedExecutor.Call call) = await harness.StartRunningAsync(Low);
        call.End(AttemptVerdict.Final, new TaskCompletionSource().Task);
        Assert.True((await run.EndAsync()).Executed);

        Assert.True(await harness.Scheduler.DrainAsync(TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken).Soon());
    }

    [Fact]
    public async Task DisposeAsync_ItemsStillWait_AnswersThemAll()
    {
        var harness = new SchedulerHarness();
        (Run running, ScriptedExecutor.Call call) = await harness.StartRunningAsync(Low);
        Run queued = harness.Start(Low);

        await harness.DisposeAsync();

        Assert.Equal(EndReason.Faulted, await queued.ReasonAsync());
        Assert.Equal(EndReason.Faulted, await harness.Start(Low).ReasonAsync());
        call.End(AttemptVerdict.Retry);
        Assert.Equal(EndReason.Faulted, await running.ReasonAsync());
        await Assert.ThrowsAsync<ObjectDisposedException>(() => harness.Scheduler.SnapshotAsync());
    }

    /// <summary>Fails once, after so many readings.</summary>
    private sealed class ClockThatFails : TimeProvider
    {
        public int FailsAfter { get; set; } = -1;

        public override long GetTimestamp() => FailsAfter-- == 0 ? throw new InvalidOperationException("no time") : base.GetTimestamp();
    }
}
