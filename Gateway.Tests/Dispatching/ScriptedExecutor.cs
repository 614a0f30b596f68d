using System.Threading.Channels;
using Gateway.Scheduling;
using Gateway.Tests.Support;
using Xunit;

namespace Gateway.Tests.Dispatching;

/// <summary>An executor whose every attempt waits for the test: the test takes the started attempt and says how it ends.</summary>
internal sealed class ScriptedExecutor : IAttemptExecutor
{
    private readonly Channel<Call> _calls = Channel.CreateUnbounded<Call>();

    /// <summary>The next attempt that starts.</summary>
    public async Task<Call> NextAsync() => await _calls.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().Soon();

    /// <summary>Where its item may go, when it is asked anew; null for where it was.</summary>
    public Func<InstanceSet>? Routing { get; set; }

    public InstanceSet Route(WorkItem item) => Routing?.Invoke() ?? item.Instances;

    public async ValueTask<AttemptResult> ExecuteAsync(Attempt attempt)
    {
        var call = new Call(attempt);
        _calls.Writer.TryWrite(call);
        return await call.Result.Task;
    }

    internal sealed class Call(Attempt attempt)
    {
        public Attempt Attempt => attempt;

        public TaskCompletionSource<AttemptResult> Result { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void End(AttemptVerdict verdict, Task? upstreamEnded = null, TimeSpan retryAfter = default) =>
            End(verdict, new RetryAdvice { After = retryAfter, MaxRetries = int.MaxValue }, upstreamEnded);

        public void End(AttemptVerdict verdict, RetryAdvice retry, Task? upstreamEnded = null) =>
            Result.SetResult(new AttemptResult(verdict, upstreamEnded ?? Task.CompletedTask, retry));

        /// <summary>Completes when the attempt was told to stop.</summary>
        public async Task<CancellationReason> StoppedAsync()
        {
            var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            await using CancellationTokenRegistration registration = attempt.CancellationToken.Register(stopped.SetResult);
            await stopped.Task.Soon();
            return attempt.Reason;
        }
    }
}
