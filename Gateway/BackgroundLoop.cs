namespace Gateway;

/// <summary>Work that goes on beside the requests. A bug in one round ends neither the gateway nor the work: it is told, and the loop begins anew.</summary>
internal abstract partial class BackgroundLoop(TimeProvider time, ILogger logger) : BackgroundService
{
    /// <summary>A bug that comes back at once must not take a core, nor fill the log.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>Runs until it is told to stop, or has nothing to do; called again after it has thrown.</summary>
    protected abstract Task RunAsync(CancellationToken stopping);

    protected sealed override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (!await TryRunAsync(stoppingToken))
            {
                await Task.Delay(Pause, time, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The usual end. As a cancellation, the host would report it for a crash where the program is ended before it has started.
        }
    }

    private async Task<bool> TryRunAsync(CancellationToken stopping)
    {
        try
        {
            await RunAsync(stopping);
            return true;
        }
        catch (Exception e) when (!stopping.IsCancellationRequested)
        {
            Log.Failed(logger, GetType().Name, e);
            return false;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1100, LogLevel.Error, "{Loop} met a bug, and begins anew")]
        public static partial void Failed(ILogger logger, string loop, Exception exception);
    }
}
