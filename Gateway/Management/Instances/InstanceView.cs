using Gateway.Configuration;
using Gateway.Scheduling;
using Gateway.Upstreams;

namespace Gateway.Management.Instances;

/// <summary>Puts together what an instance's own parts and the scheduler know of it.</summary>
/// <param name="instance">The instance.</param>
/// <param name="slots">Its slots; null when the scheduler has not heard of it yet.</param>
/// <param name="booked">Tokens booked in its window; null when it has none.</param>
internal sealed class InstanceView(InstanceState instance, InstanceSnapshot? slots, long? booked)
{
    public string Name => instance.Name;

    /// <summary>Tokens that it may use in a minute; null when it has no limit.</summary>
    public int? MaxTpm => instance.Options.MaxTpm;

    public HealthStatus HealthStatus => StatusOf(instance.Health.State);

    public InstanceStatus Status =>
        !instance.Options.Enabled ? InstanceStatus.Disabled
        : HealthStatus == HealthStatus.Unhealthy ? InstanceStatus.Unavailable
        : instance.Health.PauseLeft > TimeSpan.Zero ? InstanceStatus.Paused
        : InstanceStatus.Active;

    /// <summary>Calls that run are booked and not yet counted; what others use is booked and never counted.</summary>
    private long CurrentTpm => Math.Max(booked ?? 0, instance.Usage.CurrentTpm);

    private double UtilizationPercent
    {
        get
        {
            double taken = (double)(slots?.Taken ?? 0) / instance.Options.MaxConcurrency;
            double tokens = instance.Options.MaxTpm is { } limit ? (double)CurrentTpm / limit : 0;
            return Math.Round(100 * Math.Max(taken, tokens), 1);
        }
    }

    /// <summary>All instances, in the order of their indexes, with their slots.</summary>
    public static async Task<IReadOnlyList<InstanceView>> AllAsync(IServiceProvider services) =>
        await AllAsync(services, await services.GetRequiredService<Scheduler>().SnapshotAsync());

    /// <summary>As above, with slots that are known already.</summary>
    public static async Task<IReadOnlyList<InstanceView>> AllAsync(IServiceProvider services, SchedulerSnapshot state)
    {
        TokenWindows windows = services.GetRequiredService<TokenWindows>();
        List<InstanceView> views = [];
        foreach (InstanceState instance in services.GetRequiredService<InstanceTable>().All)
        {
            views.Add(new InstanceView(
                instance, state.Instances.FirstOrDefault(slots => slots.Index == instance.Index), await windows.UsedAsync(instance)));
        }

        return views;
    }

    public InstanceRow Row()
    {
        InstanceUsage usage = instance.Usage;
        return new InstanceRow
        {
            Status = Status,
            HealthStatus = HealthStatus,
            TotalRequests = usage.Requests,
            SuccessfulRequests = usage.Successes,
            TotalTokensServed = usage.Tokens,
            CurrentTpm = CurrentTpm,
            CurrentRpm = usage.CurrentRpm,
            ErrorCount = usage.Errors,
            UtilizationPercent = UtilizationPercent,
            LastUsed = usage.LastUsed,
        };
    }

    public InstanceAnswer Answer() => new()
    {
        Name = Name,
        Config = EffectiveConfiguration.Describe(instance.Options),
        State = Slots(),
        Health = Health(),
        Usage = Usage(),
        Errors = new InstanceErrors
        {
            ErrorCount = instance.Usage.Errors,
            Recent = [.. instance.Usage.RecentErrors.Select(static error => new InstanceError(error.At, error.Outcome, error.Status))],
        },
    };

    public InstanceHealthView Health()
    {
        CircuitStanding standing = instance.Health.Standing;
        return new InstanceHealthView
        {
            HealthStatus = StatusOf(standing.State),
            Circuit = standing.State,
            Reason = standing.Reason,
            Since = standing.Since,
            PausedUntil = instance.Health.PausedUntil,
            ProbeInMs = Math.Ceiling(instance.Health.ProbeIn.TotalMilliseconds),
        };
    }

    public InstanceSlots Slots() => new()
    {
        Status = Status,
        Limit = slots?.Limit ?? 0,
        Running = slots?.Running ?? 0,
        Ending = slots?.Ending ?? 0,
        Cooling = slots?.Cooling ?? 0,
        Leaked = slots?.Leaked ?? 0,
        Open = slots?.Open ?? false,
    };

    public InstanceUsageView Usage()
    {
        InstanceUsage usage = instance.Usage;
        return new InstanceUsageView
        {
            TotalRequests = usage.Requests,
            SuccessfulRequests = usage.Successes,
            TotalTokensServed = usage.Tokens,
            CurrentTpm = CurrentTpm,
            CurrentRpm = usage.CurrentRpm,
            UtilizationPercent = UtilizationPercent,
            ErrorRate = usage.ErrorRate,
            LatencyMs = Math.Round(usage.Latency.TotalMilliseconds, 1),
            LastUsed = usage.LastUsed,
        };
    }

    private static HealthStatus StatusOf(CircuitState state) => state switch
    {
        CircuitState.Closed => HealthStatus.Healthy,
        CircuitState.HalfOpen => HealthStatus.Recovering,
        _ => HealthStatus.Unhealthy,
    };
}
