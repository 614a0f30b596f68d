namespace UpstreamSimulator.Answering;

/// <summary>
/// When each token is due. Everything is measured from one start, so that late timers delay single tokens but never the whole.
/// </summary>
internal sealed class Pacer(TimeProvider timeProvider, double ttftMs, double tokensPerSecond)
{
    private readonly long _start = timeProvider.GetTimestamp();

    /// <summary>How long until a token (counted from 0) is due; zero or less: it is due.</summary>
    public TimeSpan Until(int token)
    {
        double due = ttftMs + (tokensPerSecond > 0 ? token * 1000 / tokensPerSecond : 0);
        return TimeSpan.FromMilliseconds(due) - Elapsed;
    }

    /// <summary>Waits for a token.</summary>
    public async Task WaitFor(int token, CancellationToken aborted)
    {
        // A timer knows whole milliseconds and may fire one or two of them early.
        while (Until(token) is { Ticks: > 0 } wait) await Task.Delay(TimeSpan.FromMilliseconds(Math.Ceiling(wait.TotalMilliseconds)), timeProvider, aborted);
    }

    /// <summary>How many tokens were due by now.</summary>
    public int TokensByNow()
    {
        double generating = Elapsed.TotalMilliseconds - ttftMs;
        return generating <= 0 || tokensPerSecond <= 0 ? 0 : (int)Math.Min(generating * tokensPerSecond / 1000, int.MaxValue);
    }

    public TimeSpan Elapsed => timeProvider.GetElapsedTime(_start);
}
