using System.IO.Pipelines;

namespace Gateway.Forwarding;

/// <summary>Sends what was written to the caller. Nothing more is read from the upstream until the caller has taken it.</summary>
internal static class CallerFlush
{
    /// <summary>False when the caller is gone.</summary>
    /// <param name="context">Of the caller.</param>
    /// <param name="clock">Of the attempt.</param>
    /// <param name="ended">The attempt's: a caller that does not read when it ends is cut off, or it would hold the slot, and a drain, for as long as it likes.</param>
    public static ValueTask<bool> TryFlushAsync(HttpContext context, AttemptClock clock, CancellationToken ended)
    {
        ValueTask<FlushResult> flush = context.Response.BodyWriter.FlushAsync(ended);
        return flush.IsCompletedSuccessfully ? new ValueTask<bool>(IsThere(context, flush.Result)) : WaitAsync(context, clock, flush, ended);
    }

    private static async ValueTask<bool> WaitAsync(HttpContext context, AttemptClock clock, ValueTask<FlushResult> flush, CancellationToken ended)
    {
        clock.CallersTurn();
        FlushResult flushed = await flush;
        clock.Active();

        // Then the connection is broken, and why the attempt has ended is the reason, not that the caller is gone.
        ended.ThrowIfCancellationRequested();
        return IsThere(context, flushed);
    }

    private static bool IsThere(HttpContext context, FlushResult flushed) => !flushed.IsCompleted && !context.RequestAborted.IsCancellationRequested;
}
