using System.Collections.Concurrent;
using Gateway.Scheduling;
using Gateway.Tests.Support;
using Xunit;
using static Gateway.Tests.Dispatching.SchedulerHarness;

namespace Gateway.Tests.Dispatching;

/// <summary>Who may have to run the loop, and who must never wait for whoever does.</summary>
public sealed class SchedulerThreadTests
{
    private readonly StillClock _clock = new();
    private readonly ScriptedExecutor _executor = new();

    [Fact]
    [Trait("inv", "I12")]
    public async Task TryCommit_LoopIsIdle_DoesNotRunItOnTheRelaysThread()
    {
        await using var scheduler = new Scheduler(new SchedulerOptions { Tiers = [High, Low], InstanceLimits = [1] }, _clock);
        Task<RunResult> run = scheduler.RunAsync(new WorkItem(Low, InstanceSet.Of(0)), _executor, CancellationToken.None).AsTask();
        ScriptedExecutor.Call call = await _executor.NextAsync();
        await scheduler.SnapshotAsync().Soon();

        bool mayWrite = false, ranTheLoop = true;
        var relay = new Thread(() =>
        {
            mayWrite = call.Attempt.TryCommit();
            ranTheLoop = _clock.Readers.ContainsKey(Environment.CurrentManagedThreadId);
        });
        _clock.Readers.Clear();
        relay.Start();
        relay.Join();

        Assert.True(mayWrite);
        Assert.False(ranTheLoop);
        call.End(AttemptVerdict.Final);
        Assert.True((await run.Soon()).Executed);
    }

    [Fact]
    public async Task RunAsync_ItsCallersCallbackRunsTheLoop_ReturnsWithoutWaitingForIt()
    {
        using var leakReported = new ManualResetEventSlim();
        using var goOn = new ManualResetEventSlim();
        await using var scheduler = new Scheduler(
            new SchedulerOptions { Tiers = [Low], InstanceLimits = [2] }, _clock, new SchedulerCallbacks
            {
                Leaked = _ =>
                {
                    leakReported.Set();
                    goOn.Wait(TestContext.Current.CancellationToken);
                },
            });
        Task<RunResult> leaking = scheduler.RunAsync(new WorkItem(Low, InstanceSet.Of(0)), _executor, CancellationToken.None).AsTask();
        (await _executor.NextAsync()).End(AttemptVerdict.Final, new TaskCompletionSource().Task);
        await leaking.Soon();
        using var caller = new CancellationTokenSource();
        Task<RunResult> run = scheduler.RunAsync(new WorkItem(Low, InstanceSet.Of(0)), _executor, caller.Token).AsTask();
        ScriptedExecutor.Call call = await _executor.NextAsync();
        await scheduler.SnapshotAsync().Soon();

        // The leak is due, and the next step meets it: the one that the caller's own callback runs.
        _clock.Time = TimeSpan.FromSeconds(11).Ticks;
        Task leaves = Task.Run(caller.Cancel, TestContext.Current.CancellationToken);
        Assert.True(leakReported.Wait(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken));
        call.End(AttemptVerdict.Final);
        try
        {
            Assert.True((await run.Soon()).Executed);
            Assert.False(leaves.IsCompleted);
        }
        finally
        {
            goOn.Set();
        }

        await leaves.Soon();
    }

    /// <summary>Stands where it is set, fires no timer, and knows which threads read it: the loop does in every step.</summary>
    private sealed class StillClock : TimeProvider
    {
        public long Time { get; set; }

        public ConcurrentDictionary<int, bool> Readers { get; } = new();

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp()
        {
            Readers[Environment.CurrentManagedThreadId] = true;
            return Time;
        }

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => new NoTimer();

        private sealed class NoTimer : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period) => true;

            public void Dispose()
            {
            }

            public ValueTask DisposeAsync() => default;
        }
    }
}
