using System.IO.Pipelines;

namespace Gateway.Forwarding;

/// <summary>Sends what was written to the caller. Nothing more is read from the upstream until the caller has taken it.</summary>
internal static class CallerFlush
{
    /// <summary>False when the caller is gone.</summary>
    public static async ValueTask<bool> TryFlushAsync(HttpContext context, AttemptClock clock)
    {
        ValueTask<FlushResult> flush = context.Response.BodyWriter.FlushAsync(CancellationToken.None);
        bool waits = !flush.IsCompleted;
        if (waits)
        {
            clock.CallersTurn();
        }

        FlushResult flushed = await flush;
        if (waits)
        {
            clock.Active();
        }

        return !flushed.IsCompleted && !context.RequestAborted.IsCancellationRequested;
    }
}
