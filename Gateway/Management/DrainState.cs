using System.Diagnostics.CodeAnalysis;
using Gateway.Configuration;
using Gateway.Scheduling;

namespace Gateway.Management;

/// <summary>Stop taking, finish running: the way out of service.</summary>
[SuppressMessage("Design", "CA1001", Justification = "Its token source holds nothing, and a last signal may come after everything else is gone.")]
internal sealed partial class DrainState(
    Scheduler scheduler, OptionsSnapshot options, IHostApplicationLifetime lifetime, ILogger<DrainState> logger)
{
    /// <summary>After the limit, what was cancelled gets this long to say goodbye.</summary>
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _hurry = new();
    private readonly Lock _lock = new();
    private volatile bool _isLeaving;
    private Task? _drain;
    private Task? _exit;

    /// <summary>Readiness: once all ports are open (the first one answers before the last is), until a drain begins.</summary>
    public bool IsReady => lifetime.ApplicationStarted.IsCancellationRequested && !_isLeaving;

    /// <summary>A drain has begun: true for ever then.</summary>
    public bool IsLeaving => _isLeaving;

    /// <summary>
    /// Takes nothing new; completes when everything admitted is over, or the limit has passed and the rest was ended. Whoever comes later
    /// joins the drain under way.
    /// </summary>
    public Task DrainAsync()
    {
        lock (_lock)
        {
            return _drain ??= RunAsync();
        }
    }

    /// <summary>Drains, then stops the program: the way out, whoever asked for it.</summary>
    public Task LeaveAsync()
    {
        lock (_lock)
        {
            return _exit ??= StopAsync();
        }
    }

    /// <summary>Ends the wait of a drain under way, now.</summary>
    public void Hurry() => _hurry.Cancel();

    private async Task StopAsync()
    {
        await DrainAsync().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        lifetime.StopApplication();
    }

    private async Task RunAsync()
    {
        _isLeaving = true;
        TimeSpan limit = options.Current.Limits.DrainTimeout;
        Log.Draining(logger, limit);
        bool allFinished = await scheduler.DrainAsync(limit, _hurry.Token);
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
