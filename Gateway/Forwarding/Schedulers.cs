using Gateway.Configuration;
using Gateway.Listeners;
using Gateway.Recording;
using Gateway.Scheduling;
using Gateway.Upstreams;

namespace Gateway.Forwarding;

/// <summary>Makes the gateway's scheduler from its configuration, and logs what it has to say.</summary>
internal static partial class Schedulers
{
    private const int LeastFreeRetries = 3;
    private const int MostFreeRetries = 10;

    public static Scheduler Create(IServiceProvider services)
    {
        GatewayOptions options = services.GetRequiredService<OptionsSnapshot>().Current;
        InstanceTable instances = services.GetRequiredService<InstanceTable>();
        ILogger logger = services.GetRequiredService<ILogger<Scheduler>>();
        return new Scheduler(
            new SchedulerOptions
            {
                Tiers = services.GetRequiredService<ListenerTable>().Policies,
                InstanceLimits = instances.Limits,
                InstanceTraits = [.. instances.All.OrderBy(static instance => instance.Index).Select(TraitsOf)],
                Routing = options.Routing.Strategy,
                ReleaseDelay = options.Scheduling.ReleaseDelay,
                CancelConfirmTimeout = options.Scheduling.CancelConfirmTimeout,
                RetryBudget = options.Retries.Budget,

                // A request that is alone may try as often as it was promised; storms are for the share to limit.
                RetryFloor = Math.Clamp(options.Retries.MaxRetries, LeastFreeRetries, MostFreeRetries),
            },
            services.GetRequiredService<TimeProvider>(),
            new SchedulerCallbacks
            {
                Faulted = (fault, journal) => Log.Faulted(logger, fault, journal),
                Leaked = item => Log.Leaked(logger, (item.Tag as AccessRecord)?.RequestId, instances.Find(item.Instance)?.Name),
            });
    }

    /// <summary>What a reload has changed of the routing.</summary>
    public static void ApplyRouting(Scheduler scheduler, GatewayOptions options, InstanceTable instances)
    {
        scheduler.SetRouting(options.Routing.Strategy);
        foreach (InstanceState instance in instances.All)
        {
            scheduler.SetTraits(instance.Index, TraitsOf(instance));
        }
    }

    public static InstanceTraits TraitsOf(InstanceState instance) => new(
        instance.Options.Priority,
        instance.Options.Weight,
        (0.2 * (1 - instance.Usage.ErrorRate)) + (0.1 * Math.Max(0, 1 - instance.Usage.Latency.TotalSeconds)));

    private static partial class Log
    {
        [LoggerMessage(2200, LogLevel.Critical, "The scheduler met a fault and takes nothing any more. Its last steps:\n{Journal}")]
        public static partial void Faulted(ILogger logger, Exception exception, string journal);

        [LoggerMessage(2201, LogLevel.Warning,
            "A slot of {Instance} has leaked: the upstream has not let go of the cancelled request {RequestId} in time. Its connection is reset; the slot returns when it lets go, or after as long again")]
        public static partial void Leaked(ILogger logger, string? requestId, string? instance);
    }
}
