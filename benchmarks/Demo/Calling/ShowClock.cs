namespace Demo.Calling;

/// <summary>Time since the curtain. The simulator stamps its calls with the same clock, so that both can be drawn on one axis.</summary>
internal sealed class ShowClock(TimeProvider time)
{
    private readonly long _start = time.GetTimestamp();

    public TimeSpan Now => time.GetElapsedTime(_start);

    /// <summary>Translates a timestamp of the same <see cref="TimeProvider"/>.</summary>
    public TimeSpan Of(long timestamp) => time.GetElapsedTime(_start, timestamp);

    public async Task UntilAsync(TimeSpan at, CancellationToken stop)
    {
        // A timer may fire a millisecond early.
        while (at - Now is { Ticks: > 0 } wait)
        {
            await Task.Delay(wait, time, stop);
        }
    }
}
