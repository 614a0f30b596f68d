namespace Gateway.Recording.Export;

/// <summary>
/// Telemetry of one signal on its way to a collector. What is left of it is sent when the last request is over, all signals at the same time.
/// </summary>
internal abstract class TelemetryExport : IHostedLifecycleService
{
    /// <summary>A collector that does not answer gets this long.</summary>
    private static readonly TimeSpan LastFlush = TimeSpan.FromSeconds(1.5);

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public abstract Task StartAsync(CancellationToken cancellationToken);

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>On a thread of its own: it blocks one, and the pool has as few as the machine has cores.</summary>
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.Factory.StartNew(
        () => Shutdown((int)LastFlush.TotalMilliseconds), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <param name="milliseconds">It may take.</param>
    protected abstract void Shutdown(int milliseconds);
}
