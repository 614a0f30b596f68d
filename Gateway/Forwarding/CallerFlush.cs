using System.IO.Pipelines;

namespace Gateway.Forwarding;

/// <summary>Sends what was written to the caller. Nothing more is read from the upstream until the caller has taken it.</summary>
/// <param name="context">Of the caller.</param>
/// <param name="clock">Of the attempt.</param>
/// <param name="ended">The attempt's: a caller that does not read when it ends is cut off, or it would hold the slot, and a drain, for as long as it likes.</param>
internal readonly struct CallerFlush(HttpContext context, AttemptClock clock, CancellationToken ended)
{
    /// <summary>Asked for once: the server takes a lock for each answer, and a stream asks after every event.</summary>
    private readonly CancellationToken _callerGone = context.RequestAborted;

    public PipeWriter Writer { get; } = context.Response.BodyWriter;

    /// <summary>False when the caller is gone.</summary>
    public ValueTask<bool> TryFlushAsync()
    {
        ValueTask<FlushResult> flush = Writer.FlushAsync(ended);
        return flush.IsCompletedSuccessfully ? new ValueTask<bool>(IsThere(flush.Result)) : WaitAsync(flush);
    }

    private async ValueTask<bool> WaitAsync(ValueTask<FlushResult> flush)
    {
        clock.CallersTurn();
        FlushResult flushed = await flush;
        clock.Active();

        // Then the connection is broken, and why the attempt has ended is the reason, not that the caller is gone.
        ended.ThrowIfCancellationRequested();
        return IsThere(flushed);
    }

    private bool IsThere(FlushResult flushed) => !flushed.IsCompleted && !_callerGone.IsCancellationRequested;
}
