using Gateway.Configuration;
using Gateway.Scheduling;

namespace Gateway.Management;

/// <summary>Stop taking, finish running: the way out of service.</summary>
internal sealed partial class DrainState(Scheduler scheduler, OptionsSnapshot options, ILogger<DrainState> logger)
{
    /// <summary>After the limit, what was cancelled gets this long to say goodbye.</summary>
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(1);

    private int _started;

    /// <summary>Readiness: false for ever once a drain has begun.</summary>
    public bool IsReady => Volatile.Read(ref _started) == 0;

    /// <summary>Takes nothing new; returns when everything admitted is over, or the limit has passed and the rest was ended.</summary>
    public async Task DrainAsync(CancellationToken hurry = default)
    {
        if (Interlocked.Exchange(ref _started, 1) != 0)
        {
            return;
        }

        TimeSpan limit = options.Current.Limits.DrainTimeout;
        Log.Draining(logger, limit);
        bool allFinished = await scheduler.DrainAsync(limit, hurry);
        if (!allFinished)
        {
            Log.LimitPassed(logger);
            await scheduler.Drained.WaitAsync(Farewell, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        Log.Drained(logger);
    }

    private static partial class Log
    {
        [LoggerMessage(3000, LogLevel.Information, "Draining: nothing new is taken; running requests have {Limit} to finish (a second signal ends them now)")]
        public static partial void Draining(ILogger logger, TimeSpan limit);

        [LoggerMessage(3001, LogLevel.Warning, "The drain limit passed: the requests still under way were ended")]
        public static partial void LimitPassed(ILogger logger);

        [LoggerMessage(3002, LogLevel.Information, "Drained")]
        public static partial void Drained(ILogger logger);
    }
}
