namespace Chaos.Calling;

/// <summary>For the state of another process, which can only be asked for.</summary>
internal static class State
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>Asks until it is so, or the limit has passed; returns how long it took, null when it did not happen.</summary>
    public static async Task<TimeSpan?> BecomesAsync(Func<Task<bool>> condition, TimeSpan limit, CancellationToken stop)
    {
        long started = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            if (TimeProvider.System.GetElapsedTime(started) > limit)
                return null;
            await Task.Delay(Pause, TimeProvider.System, stop);
        }

        return TimeProvider.System.GetElapsedTime(started);
    }

    public static Task PassAsync(TimeSpan length, CancellationToken stop) => Task.Delay(length, TimeProvider.System, stop);
}
