using System.Collections.Concurrent;
using Gateway.Scheduling;
using Gateway.Tests.Dispatching.Model;
using Gateway.Tests.Support;
using Xunit;

namespace Gateway.Tests.Dispatching;

/// <summary>
/// Real threads, real time: a storm of arrivals, cancellations, time-outs, failures and preemptions that must leave nothing behind
/// (S5). GATEWAY_SIMULATE_STEPS sets the number of items.
/// </summary>
public sealed class StormTests(ITestOutputHelper output)
{
    private const int Callers = 48;
    private static readonly TierPolicy[] Tiers =
    [
        new() { Priority = 1, Preemptive = true, QueueTimeout = TimeSpan.FromSeconds(1) },
        new() { Priority = 1, Preemptive = true, PreemptAfter = TimeSpan.FromMilliseconds(1) },
        new() { Priority = 2, Preemptive = true, MaxQueueLength = 8 },
        new() { Priority = 3, QueueTimeout = TimeSpan.FromMilliseconds(2) },
        new() { Priority = 3, MaxPreemptions = 2, AgeLimit = TimeSpan.FromMilliseconds(3) },
    ];

    private static readonly int[] Limits = [3, 2];
    private readonly ConcurrentDictionary<string, int> _ends = new();
    private readonly ConcurrentQueue<CancellationTokenSource> _leaving = new();
    private readonly StormExecutor.Upstream _upstream = new(Limits);
    private int _started;

    [Fact]
    [Trait("inv", "I12")]
    [Trait("category", "simulate")]
    [Trait("row", "S5")]
    public async Task RunAsync_Storm_LeavesNothingBehind()
    {
        int items = int.TryParse(Environment.GetEnvironmentVariable("GATEWAY_SIMULATE_STEPS"), out int steps) ? steps : 100_000;
        await using var scheduler = new Scheduler(
            new SchedulerOptions { Tiers = Tiers, InstanceLimits = Limits, ReleaseDelay = TimeSpan.FromMilliseconds(1) },
            callbacks: new SchedulerCallbacks { Faulted = (fault, journal) => _upstream.Check(false, $"{fault}\n{journal}") });

        Task callers = Task.WhenAll(Enumerable.Range(0, Callers)
            .Select(_ => Task.Run(() => SubmitAsync(scheduler, items), TestContext.Current.CancellationToken)));
        await callers.WaitAsync(TimeSpan.FromMinutes(10), TestContext.Current.CancellationToken);

        Assert.True(await scheduler.DrainAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken));
        SchedulerSnapshot end = await WithoutItemsAsync(scheduler);
        output.WriteLine(string.Join(", ", _ends.OrderBy(static end => end.Key)) + $", preempted {end.Tiers.Sum(static tier => tier.Preempted)}");

        Assert.Empty(_upstream.Violations);
        Assert.Equal(0, _upstream.Calls);
        Assert.Equal(items, _ends.Values.Sum());
        Assert.Equal(items, end.Tiers.Sum(static tier => tier.Submitted));
        Assert.Equal(items, end.Tiers.Sum(static tier => tier.Completed + tier.Rejected + tier.Evicted));
        Assert.Empty(end.Items);
        Assert.All(end.Tiers, static tier => Assert.True(tier is { Depth: 0, QueuedBytes: 0, Sleeping: 0, Running: 0 }));
        Assert.All(end.Instances, static instance => Assert.True(instance is { Running: 0, Ending: 0, Leaked: 0 }));
        Assert.All(new[] { "Executed", "CallerGone", "Expired", "QueueFull", "Thrown" }, end => Assert.True(_ends.ContainsKey(end), end));
        Assert.True(end.Tiers.Sum(static tier => tier.Preempted) > 100 && end.Tiers.Sum(static tier => tier.Retried) > 100);
    }

    /// <summary>The drain waits for callers only; the last upstream calls end when they do.</summary>
    private static async Task<SchedulerSnapshot> WithoutItemsAsync(Scheduler scheduler)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(20));
        while (true)
        {
            SchedulerSnapshot snapshot = await scheduler.SnapshotAsync(withItems: true).Soon();
            if (snapshot.Items.Count == 0)
            {
                return snapshot;
            }

            patience.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    private async Task SubmitAsync(Scheduler scheduler, int items)
    {
        for (int number = Interlocked.Increment(ref _started); number <= items; number = Interlocked.Increment(ref _started))
        {
            var dice = new Dice((ulong)number);
            var caller = new CancellationTokenSource();
            if (dice.Chance(10))
            {
                _leaving.Enqueue(caller);
            }

            InstanceSet route = dice.Pick(InstanceSet.Of(0), InstanceSet.Of(1), InstanceSet.FirstOf(2));
            var item = new WorkItem(dice.Pick(Tiers), route, bytes: 5);
            Task<string> run = RunAsync(scheduler, item, new StormExecutor(number, _upstream), caller.Token);
            if (dice.Chance(12) && _leaving.TryDequeue(out CancellationTokenSource? leaving))
            {
                await leaving.CancelAsync();
            }

            _ends.AddOrUpdate(await run, 1, static (_, count) => count + 1);
        }
    }

    private async Task<string> RunAsync(Scheduler scheduler, WorkItem item, StormExecutor executor, CancellationToken callerGone)
    {
        try
        {
            RunResult result = await scheduler.RunAsync(item, executor, callerGone);
            _upstream.Check(executor.Writes == (result.Executed ? 1 : 0), $"I12: {result} and {executor.Writes} attempts wrote");
            return result.Executed ? "Executed" : result.Reason.ToString();
        }
        catch (IOException)
        {
            return "Thrown";
        }
    }
}
