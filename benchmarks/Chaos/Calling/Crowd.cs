namespace Chaos.Calling;

/// <summary>Callers that go on for a time.</summary>
internal static class Crowd
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(10);

    /// <summary>So many callers, each of whom calls again as soon as it was answered.</summary>
    public static async Task<Tally> ClosedAsync(int callers, TimeSpan length, Func<int, CancellationToken, Task<Reply>> call, CancellationToken stop)
    {
        var tally = new Tally();
        long started = TimeProvider.System.GetTimestamp();
        int next = 0;
        await Task.WhenAll(Enumerable.Range(0, callers).Select(_ => Task.Run(async () =>
        {
            while (TimeProvider.System.GetElapsedTime(started) < length)
                tally.Add(await call(Interlocked.Increment(ref next), stop));
        }, stop)));
        return tally;
    }

    /// <summary>So many calls a second, whoever is waiting still: what is offered does not depend on what is served.</summary>
    public static async Task<Tally> OpenAsync(double perSecond, TimeSpan length, Func<int, CancellationToken, Task<Reply>> call, CancellationToken stop)
    {
        var tally = new Tally();
        var running = new List<Task>();
        long started = TimeProvider.System.GetTimestamp();
        using var timer = new PeriodicTimer(Tick, TimeProvider.System);
        for (int next = 0; TimeProvider.System.GetElapsedTime(started) < length; await timer.WaitForNextTickAsync(stop))
        {
            int due = (int)(TimeProvider.System.GetElapsedTime(started).TotalSeconds * perSecond);
            for (; next < due; next++)
            {
                int number = next;
                running.Add(Task.Run(async () => tally.Add(await call(number, stop)), stop));
            }
        }

        await Task.WhenAll(running);
        return tally;
    }
}
