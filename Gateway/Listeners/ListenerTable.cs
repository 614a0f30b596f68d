using System.Globalization;
using Gateway.Configuration;
using Gateway.Scheduling;

namespace Gateway.Listeners;

/// <summary>All listeners, in the order of the configuration.</summary>
internal sealed class ListenerTable
{
    /// <summary>Stands where a priority is asked for, on a port that serves no API. No tier has it: those begin at 0.</summary>
    public const int NoTier = -1;

    private readonly Listener[] _listeners;

    /// <summary>Each once; they never change.</summary>
    private readonly int[] _priorities;

    public ListenerTable(GatewayOptions options)
    {
        ListenerRoles roles = options.ManagementPort is null ? ListenerRoles.Api | ListenerRoles.Management : ListenerRoles.Api;
        _listeners = [.. options.Endpoints.Select((endpoint, index) =>
            new Listener(index, endpoint.Port, NameOf(endpoint), PolicyOf(endpoint, options.Scheduling)) { Roles = roles })];
        _priorities = [.. _listeners.Select(static listener => listener.Policy.Priority).Distinct()];
        if (options.ManagementPort is { } port)
        {
            Management = new Listener(_listeners.Length, port, "management", new TierPolicy { Priority = NoTier }) { Roles = ListenerRoles.Management };
        }
    }

    /// <summary>The ports of the API, which are the tiers.</summary>
    public IReadOnlyList<Listener> All => _listeners;

    /// <summary>The port of the management routes; null when they are on the ports of the API.</summary>
    public Listener? Management { get; }

    public IReadOnlyList<TierPolicy> Policies => [.. _listeners.Select(static listener => listener.Policy)];

    /// <summary>How many tiers are more urgent.</summary>
    public int RankOf(int priority)
    {
        int rank = 0;
        foreach (int other in _priorities)
        {
            rank += other < priority ? 1 : 0;
        }

        return rank;
    }

    /// <summary>True when some listener may interrupt this one's requests.</summary>
    public bool IsPreemptible(Listener listener) =>
        _listeners.Any(other => other.Policy.Preemptive && other.Policy.Priority < listener.Policy.Priority);

    /// <summary>Takes over a reloaded configuration's policies; <see cref="ReloadPolicy"/> has seen to it that these are still the same ports and priorities.</summary>
    public void Apply(GatewayOptions options)
    {
        foreach (Listener listener in _listeners)
        {
            listener.Policy = PolicyOf(options.Endpoints[listener.Index], options.Scheduling);
        }
    }

    private static string NameOf(EndpointOptions endpoint) =>
        endpoint.Name ?? endpoint.Port.ToString(CultureInfo.InvariantCulture);

    private static TierPolicy PolicyOf(EndpointOptions endpoint, SchedulingOptions defaults)
    {
        SchedulingOptions scheduling = defaults.For(endpoint);
        return new TierPolicy
        {
            Priority = endpoint.Priority,
            Preemptive = endpoint.Preemptive,
            PreemptAfter = scheduling.PreemptAfter.Delay,
            PreemptAfterAuto = scheduling.PreemptAfter.IsAuto,
            MaxPreemptions = scheduling.MaxPreemptions,
            MaxQueueLength = scheduling.MaxQueueLength,
            MaxQueueBytes = scheduling.MaxQueueBytes,
            QueueTimeout = scheduling.QueueTimeout,
            AgeLimit = scheduling.AgeLimit,
        };
    }
}
