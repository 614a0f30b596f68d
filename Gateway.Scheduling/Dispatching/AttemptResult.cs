namespace Gateway.Scheduling;

/// <summary>How an attempt ended, told by its executor.</summary>
/// <param name="Verdict">What it means for the item. <see cref="AttemptVerdict.Final"/> with nothing committed counts as preempted if the attempt was revoked;
/// <see cref="AttemptVerdict.Preempted"/> counts as final if it was not, and everything does once it was committed.</param>
/// <param name="UpstreamEnded">Completes when the upstream call has really ended; the slot is taken until then. Never faults.</param>
/// <param name="Retry">For <see cref="AttemptVerdict.Retry"/>: what may follow. Default nothing.</param>
public readonly record struct AttemptResult(AttemptVerdict Verdict, Task UpstreamEnded, RetryAdvice Retry = default)
{
    /// <summary>The item is over and so is the upstream call.</summary>
    public static AttemptResult Final => new(AttemptVerdict.Final, Task.CompletedTask);

    /// <summary>The attempt was not made; the instance's window was closed for it.</summary>
    public static AttemptResult Deferred => new(AttemptVerdict.Deferred, Task.CompletedTask);
}
