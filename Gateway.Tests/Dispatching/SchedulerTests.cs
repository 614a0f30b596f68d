using Gateway.Scheduling;
using Xunit;

namespace Gateway.Tests.Dispatching;

public class SchedulerTests
{
    private static readonly TierPolicy High = new() { Priority = 1, Preemptive = true };
    private static readonly TierPolicy Low = new() { Priority = 3 };
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task RunAsync_HigherTierWithNoFreeSlot_PreemptsAndRequeues()
    {
        await using var scheduler = new Scheduler(new SchedulerOptions { Tiers = [High, Low], InstanceLimits = [1] });
        var lowItem = new WorkItem(Low, InstanceSet.Of(0));
        var lowExecutor = new BlockingExecutor();
        Task<RunResult> low = scheduler.RunAsync(lowItem, lowExecutor, CancellationToken.None).AsTask();
        await lowExecutor.Started.WaitAsync(Patience, TestContext.Current.CancellationToken);

        var highExecutor = new BlockingExecutor();
        var highItem = new WorkItem(High, InstanceSet.Of(0));
        Task<RunResult> high = scheduler.RunAsync(highItem, highExecutor, CancellationToken.None).AsTask();
        await highExecutor.Started.WaitAsync(Patience, TestContext.Current.CancellationToken);

        Assert.Equal(1, lowItem.Preemptions);
        Assert.Equal(ItemState.Queued, lowItem.State);
        highExecutor.Finish();
        Assert.True((await high.WaitAsync(Patience, TestContext.Current.CancellationToken)).Executed);
        lowExecutor.Finish();
        Assert.True((await low.WaitAsync(Patience, TestContext.Current.CancellationToken)).Executed);
        Assert.Equal(2, lowItem.Attempts);
    }

    private sealed class BlockingExecutor : IAttemptExecutor
    {
        private readonly TaskCompletionSource _finish = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Started => _started.Task;

        public void Finish() => _finish.TrySetResult();

        public async ValueTask<AttemptResult> ExecuteAsync(Attempt attempt)
        {
            _started.TrySetResult();
            try
            {
                await _finish.Task.WaitAsync(attempt.CancellationToken);
                return AttemptResult.Final;
            }
            catch (OperationCanceledException)
            {
                return new AttemptResult(AttemptVerdict.Preempted, Task.CompletedTask);
            }
        }
    }
}
