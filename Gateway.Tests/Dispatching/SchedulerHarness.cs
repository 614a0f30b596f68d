using Gateway.Scheduling;
using Gateway.Tests.Support;
using Xunit;

namespace Gateway.Tests.Dispatching;

/// <summary>A scheduler on a manual clock with one item type per tier, and waits that never hang a test.</summary>
internal sealed class SchedulerHarness : IAsyncDisposable
{
    public static readonly TierPolicy High = new() { Priority = 1, Preemptive = true };
    public static readonly TierPolicy Low = new() { Priority = 3, QueueTimeout = TimeSpan.FromSeconds(30) };
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    public SchedulerHarness(int slots = 1, Func<SchedulerOptions, SchedulerOptions>? change = null)
    {
        var options = new SchedulerOptions { Tiers = [High, Low], InstanceLimits = [slots] };
        Scheduler = new Scheduler(change?.Invoke(options) ?? options, Clock, new SchedulerCallbacks
        {
            Faulted = (fault, journal) => Fault.TrySetResult((fault, journal)),
            Leaked = item => Leaks.Add(item),
        });
    }

    public ManualTimeProvider Clock { get; } = new();

    public Scheduler Scheduler { get; }

    public TaskCompletionSource<(Exception Fault, string Journal)> Fault { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public List<WorkItem> Leaks { get; } = [];

    public Run Start(TierPolicy policy, CancellationTokenSource? caller = null, WorkItem? item = null)
    {
        var executor = new ScriptedExecutor();
        item ??= new WorkItem(policy, InstanceSet.Of(0), bytes: 10);
        return new Run(item, executor, Scheduler.RunAsync(item, executor, caller?.Token ?? CancellationToken.None).AsTask());
    }

    /// <summary>Starts an item and waits until its first attempt runs.</summary>
    public async Task<(Run Run, ScriptedExecutor.Call Call)> StartRunningAsync(TierPolicy policy, CancellationTokenSource? caller = null)
    {
        Run run = Start(policy, caller);
        return (run, await run.Executor.NextAsync());
    }

    /// <summary>Makes a step throw, by an event that every check on the way in would have stopped.</summary>
    public async Task BreakAsync()
    {
        Scheduler.Post(SchedulerEvent.TierPaused(99, paused: true));
        await Fault.Task.Soon();
    }

    /// <summary>Everything posted before this call has been worked off when it returns.</summary>
    public async Task<SchedulerSnapshot> SettledAsync() => await Scheduler.SnapshotAsync(withItems: true).Soon();

    /// <summary>Snapshots until the condition holds: events of other threads arrive when they do.</summary>
    public async Task<SchedulerSnapshot> UntilAsync(Predicate<SchedulerSnapshot> holds)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(Patience);
        while (true)
        {
            SchedulerSnapshot snapshot = await SettledAsync();
            if (holds(snapshot))
            {
                return snapshot;
            }

            patience.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    public async ValueTask DisposeAsync() => await Scheduler.DisposeAsync().AsTask().Soon();

    internal sealed record Run(WorkItem Item, ScriptedExecutor Executor, Task<RunResult> Task)
    {
        public async Task<RunResult> EndAsync() => await Task.Soon();

        public async Task<EndReason> ReasonAsync()
        {
            RunResult result = await EndAsync();
            Assert.False(result.Executed);
            return result.Reason;
        }
    }
}
