using Gateway.Management.Instances;
using Gateway.Scheduling;

namespace Gateway.Management.Metrics;

/// <summary>Keeps the last sample of what can only be read by asking for it and waiting, while instruments are observed at once.</summary>
internal sealed class StateSampler(IServiceProvider services, Scheduler scheduler, TimeProvider time)
{
    /// <summary>One reading of all gauges sees one sample.</summary>
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(1);

    /// <summary>A scheduler that is too busy to answer must not hold up whoever reads the gauges, which stay as they were.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private volatile GatewayState? _state;
    private long _askedAt = long.MinValue;

    /// <summary>
    /// Null when nothing could be read yet. Blocks for a new sample if the last one is old, and that needs a thread of the pool to come: for the exporter's own
    /// thread, and for <c>/metrics</c>, which runs on one of the pool's, behind <see cref="RefreshAsync"/> only.
    /// </summary>
    public GatewayState? Current
    {
        get
        {
            long asked = Volatile.Read(ref _askedAt);
            if (asked == long.MinValue || time.GetElapsedTime(asked) > Fresh)
            {
                RefreshAsync().GetAwaiter().GetResult();
            }

            return _state;
        }
    }

    public async Task RefreshAsync()
    {
        try
        {
            SchedulerSnapshot snapshot = await scheduler.SnapshotAsync().WaitAsync(Patience, time);
            _state = new GatewayState(snapshot, await InstanceView.AllAsync(services, snapshot));
        }
        catch (Exception e) when (e is TimeoutException or ObjectDisposedException)
        {
            // The old sample stays.
        }
        finally
        {
            // Also when there was no answer, or every gauge of this reading would wait for one again.
            Volatile.Write(ref _askedAt, time.GetTimestamp());
        }
    }
}
