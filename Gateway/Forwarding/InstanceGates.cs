using Gateway.Configuration;
using Gateway.Scheduling;
using Gateway.Upstreams;

namespace Gateway.Forwarding;

/// <summary>
/// Carries what is known of the instances into the scheduler: an open circuit has no way in, a half-open one a single slot, a pause is a
/// gate with a time. Reads the state as it is now, so that late or doubled notices do no harm.
/// </summary>
internal sealed partial class InstanceGates : IDisposable
{
    /// <summary>After this long without another, no error counts any more.</summary>
    private static readonly TimeSpan Forgiven = TimeSpan.FromSeconds(MinuteWindow.Seconds + 1);

    private readonly InstanceTable _instances;
    private readonly Scheduler _scheduler;
    private readonly OptionsSnapshot _options;
    private readonly ILogger<InstanceGates> _logger;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, DateTimeOffset> _outSince = [];
    private readonly ITimer _forgiving;

    public InstanceGates(InstanceTable instances, Scheduler scheduler, OptionsSnapshot options, ILogger<InstanceGates> logger, TimeProvider time)
    {
        (_instances, _scheduler, _options, _logger) = (instances, scheduler, options, logger);
        _forgiving = time.CreateTimer(_ => Rate(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        instances.HealthChanged += Sync;
    }

    /// <summary>
    /// After a reload: slots, circuits and pauses of all instances, also where one is gone or new. What waits is routed anew in between, so that nobody is
    /// ended for an instance that went while one that came could serve them.
    /// </summary>
    public void Apply()
    {
        IReadOnlyList<int> limits = _instances.Limits;
        for (int index = 0; index < limits.Count; index++)
        {
            if (limits[index] > 0)
            {
                Sync(index);
            }
        }

        _scheduler.Reroute();
        for (int index = 0; index < limits.Count; index++)
        {
            if (limits[index] == 0)
            {
                Sync(index);
            }
        }
    }

    /// <summary>
    /// Under composite routing: all instances as their last attempts show them. One that is passed over for its errors makes no attempts
    /// that could show it better: it is rated by the attempts of the others, and without any, by the clock.
    /// </summary>
    /// <param name="isFailure">The attempt that ended was an error.</param>
    public void RateAfter(bool isFailure)
    {
        if (_options.Current.Routing.Strategy == RoutingStrategy.Composite)
        {
            Rate();
            if (isFailure)
            {
                _forgiving.Change(Forgiven, Timeout.InfiniteTimeSpan);
            }
        }
    }

    public void Dispose() => _forgiving.Dispose();

    private void Rate()
    {
        foreach (InstanceState instance in _instances.All)
        {
            _scheduler.SetTraits(instance.Index, Schedulers.TraitsOf(instance));
        }
    }

    private void Sync(int index)
    {
        // Two changes at once must reach the scheduler in the order in which their states are read.
        lock (_lock)
        {
            InstanceState? instance = _instances.Find(index);
            CircuitState state = instance?.Health.State ?? CircuitState.Closed;
            _scheduler.SetLimit(index, InstanceTable.LimitOf(instance));
            _scheduler.CloseGate(index, GateKind.Circuit, state == CircuitState.Open ? Timeout.InfiniteTimeSpan : TimeSpan.Zero);
            _scheduler.CloseGate(index, GateKind.Pause, instance?.Health.PauseLeft ?? TimeSpan.Zero);
            if (instance is not null)
            {
                Tell(instance.Name, instance.Health.Standing);
            }
        }
    }

    private void Tell(string instance, CircuitStanding standing)
    {
        if (standing.State == CircuitState.Open && _outSince.TryAdd(instance, standing.Since))
        {
            Log.Opened(_logger, instance, standing.Reason);
        }
        else if (standing.State == CircuitState.Closed && _outSince.Remove(instance, out DateTimeOffset since))
        {
            Log.Closed(_logger, instance, (long)(standing.Since - since).TotalSeconds);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(2210, LogLevel.Warning, "Instance {Instance} is out of the rotation: {Reason}")]
        public static partial void Opened(ILogger logger, string instance, string? reason);

        [LoggerMessage(2211, LogLevel.Information, "Instance {Instance} is back in the rotation after {Seconds} s")]
        public static partial void Closed(ILogger logger, string instance, long seconds);
    }
}
