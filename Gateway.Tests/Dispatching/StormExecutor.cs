using System.Collections.Concurrent;
using Gateway.Scheduling;
using Gateway.Tests.Dispatching.Model;

namespace Gateway.Tests.Dispatching;

/// <summary>
/// The caller and the upstream of one item in the storm: ends, fails, throws and dawdles at random, and counts like an upstream how
/// many calls it really has.
/// </summary>
internal sealed class StormExecutor(int number, StormExecutor.Upstream upstream) : IAttemptExecutor
{
    private readonly Dice _dice = new((ulong)number + 77);

    /// <summary>Attempts of this item that sent something to the caller.</summary>
    public int Writes { get; private set; }

    public async ValueTask<AttemptResult> ExecuteAsync(Attempt attempt)
    {
        upstream.Enter(attempt.Instance);
        bool leavesLater = false;
        try
        {
            AttemptResult result = await CallAsync(attempt);
            if (_dice.Chance(10))
            {
                leavesLater = true;
                return result with { UpstreamEnded = LeaveLaterAsync(attempt.Instance, _dice.Next(5)) };
            }

            return result;
        }
        finally
        {
            if (!leavesLater)
            {
                upstream.Leave(attempt.Instance);
            }
        }
    }

    private async ValueTask<AttemptResult> CallAsync(Attempt attempt)
    {
        for (int i = _dice.Next(6); i > 0 && !attempt.CancellationToken.IsCancellationRequested; i--)
        {
            await Task.Yield();
        }

        if (attempt.CancellationToken.IsCancellationRequested)
        {
            return new AttemptResult(AttemptVerdict.Preempted, Task.CompletedTask);
        }

        switch (_dice.Next(40))
        {
            case 0:
                throw new IOException("storm");
            case < 5:
                return new AttemptResult(AttemptVerdict.Retry, Task.CompletedTask, new RetryAdvice
                {
                    After = TimeSpan.FromMilliseconds(_dice.Next(3)),
                    MaxRetries = _dice.Next(4),
                    MaxFailovers = _dice.Next(3),
                    Unreached = _dice.Chance(30),
                });
            case 5:
                attempt.Cancel(CancellationReason.TimedOut);
                return new AttemptResult(AttemptVerdict.Retry, Task.CompletedTask, new RetryAdvice { MaxRetries = int.MaxValue });
        }

        if (!attempt.TryCommit())
        {
            return new AttemptResult(AttemptVerdict.Preempted, Task.CompletedTask);
        }

        Writes++;
        for (int i = _dice.Next(4); i > 0; i--)
        {
            await Task.Yield();
        }

        upstream.Check(attempt.Reason != CancellationReason.Preempted, "I12: a committed attempt was preempted");
        return AttemptResult.Final;
    }

    private async Task LeaveLaterAsync(int instance, int yields)
    {
        while (yields-- > 0)
        {
            await Task.Yield();
        }

        upstream.Leave(instance);
    }

    /// <summary>Counts the calls at each instance from the upstream's side.</summary>
    internal sealed class Upstream(params int[] limits)
    {
        private readonly int[] _calls = new int[limits.Length];

        public ConcurrentQueue<string> Violations { get; } = new();

        public int Calls => _calls.Sum();

        public void Enter(int instance) =>
            Check(Interlocked.Increment(ref _calls[instance]) <= limits[instance], "I3: more calls than slots");

        public void Leave(int instance) => Interlocked.Decrement(ref _calls[instance]);

        public void Check(bool holds, string violation)
        {
            if (!holds)
            {
                Violations.Enqueue(violation);
            }
        }
    }
}
