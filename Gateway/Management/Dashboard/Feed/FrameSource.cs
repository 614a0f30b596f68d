using System.Globalization;
using Gateway.Caching;
using Gateway.Configuration;
using Gateway.Listeners;
using Gateway.Management.Instances;
using Gateway.Recording;
using Gateway.Redis;
using Gateway.Scheduling;
using Gateway.Upstreams;

namespace Gateway.Management.Dashboard.Feed;

/// <summary>Looks at the gateway, for one frame after the other. Used by one reader at a time.</summary>
internal sealed class FrameSource(
    Scheduler scheduler, ListenerTable listeners, InstanceTable instances, TokenWindows windows, IAnswerStore answers, CacheBudget cacheMemory,
    RedisConnection redis, LiveTraffic traffic, OptionsSnapshot options, TimeProvider time)
{
    /// <summary>Waiting, and running, requests of a tier in a frame: more than fit on a screen.</summary>
    public const int ItemsPerTier = 100;

    /// <summary>What may be in Redis is asked for less often than the rest.</summary>
    private static readonly TimeSpan SlowPace = TimeSpan.FromSeconds(1);

    private readonly string _run = time.GetUtcNow().ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture);
    private readonly string _version = ConfigurationCommand.Version();
    private readonly Dictionary<string, long?> _booked = [];
    private long _cachedAnswers;
    private long? _lookedAt;

    public async Task<Frame> LookAsync()
    {
        SchedulerSnapshot state = await scheduler.SnapshotAsync(withItems: true, ItemsPerTier);
        if (_lookedAt is not { } at || time.GetElapsedTime(at) >= SlowPace)
        {
            _lookedAt = time.GetTimestamp();
            await AskStoresAsync();
        }

        GatewayOptions current = options.Current;
        return new Frame
        {
            Run = _run,
            Version = _version,
            Guarded = current.AdminToken is not null,
            Draining = state.Draining,
            Tiers = [.. state.Tiers.Select(Tier)],
            Items = [.. state.Items.Select(Item)],
            Instances = [.. instances.All.Select(instance => Instance(instance, state))],
            Traffic = traffic.Totals,
            Cache = new FrameCache(current.Cache.Enabled, _cachedAnswers, cacheMemory.Held, current.Cache.MaxSizeMb * 1024L * 1024, redis.IsConfigured),
            Limits = new FrameLimits(current.RateLimit?.RequestsPerMinute, current.RateLimit?.TokensPerMinute, current.RateLimit?.RequestsPerMinutePerIp),
        };
    }

    private async Task AskStoresAsync()
    {
        _cachedAnswers = await answers.CountAsync();
        foreach (InstanceState instance in instances.All)
        {
            _booked[instance.Name] = await windows.UsedAsync(instance);
        }
    }

    private FrameTier Tier(TierSnapshot tier)
    {
        Listener[] ports = [.. listeners.All.Where(listener => listener.Policy.Priority == tier.Priority)];
        return new FrameTier
        {
            Priority = tier.Priority,
            Names = [.. ports.Select(static port => port.Name)],
            Ports = [.. ports.Select(static port => port.Port)],
            Preemptive = ports.Any(static port => port.Policy.Preemptive),
            Paused = tier.Paused,
            Depth = tier.Depth,
            Sleeping = tier.Sleeping,
            Running = tier.Running,
            EstimateMs = (long)tier.EstimatedWait.TotalMilliseconds,
            Wait = traffic.WaitOf(tier.Priority),
            Completed = tier.Completed,
            Rejected = tier.Rejected + tier.Evicted,
            Preempted = tier.Preempted,
            Retried = tier.Retried,
            WastedMs = (long)tier.WastedSlotTime.TotalMilliseconds,
            WastedTokens = tier.WastedTokens,
        };
    }

    private FrameItem Item(ItemSnapshot item)
    {
        var record = item.Tag as AccessRecord;
        return new FrameItem
        {
            Id = item.Sequence,
            Tier = item.Priority,
            State = item.State,
            At = (record?.StartedAt ?? time.GetUtcNow() - item.Age).ToUnixTimeMilliseconds(),
            Started = item.RunningFor > TimeSpan.Zero ? Tenths(time.GetUtcNow() - item.RunningFor) : null,
            RequestId = record?.RequestId,
            Model = LiveTraffic.Short(record?.Model),
            Instance = item.Instance < 0 ? null : instances.Find(item.Instance)?.Name,
            Attempts = item.Attempts,
            Interrupted = item.Preemptions,
            By = item.PreemptedBy,
            Retries = item.Retries,
            Committed = item.Committed,
        };
    }

    private FrameInstance Instance(InstanceState instance, SchedulerSnapshot state)
    {
        var view = new InstanceView(
            instance, state.Instances.FirstOrDefault(slots => slots.Index == instance.Index), _booked.GetValueOrDefault(instance.Name));
        InstanceSlots slots = view.Slots();
        InstanceHealthView health = view.Health();
        InstanceUsageView usage = view.Usage();
        return new FrameInstance
        {
            Name = instance.Name,
            Provider = instance.Options.ProviderType.ToString().ToLowerInvariant(),
            Status = slots.Status,
            Health = health.HealthStatus,
            Reason = health.Reason,
            BackAt = BackAt(health, instance.Health.ProbeIn),
            Slots = instance.Options.MaxConcurrency,
            Limit = slots.Limit,
            Running = slots.Running,
            Ending = slots.Ending,
            Cooling = slots.Cooling,
            Leaked = slots.Leaked,
            Open = slots.Open,
            Utilization = usage.UtilizationPercent,
            LatencyMs = usage.LatencyMs,
            Rpm = usage.CurrentRpm,
            Tpm = usage.CurrentTpm,
            MaxTpm = instance.Options.MaxTpm,
            ErrorRate = Math.Round(usage.ErrorRate, 3),
            Errors = instance.Usage.Errors,
        };
    }

    /// <summary>The clock of frames and that of the scheduler differ by a little from frame to frame.</summary>
    private static long Tenths(DateTimeOffset at) => (at.ToUnixTimeMilliseconds() + 50) / 100 * 100;

    /// <summary>To the second: a frame that says nothing new is not sent.</summary>
    private long? BackAt(InstanceHealthView health, TimeSpan probeIn)
    {
        DateTimeOffset? at = health.PausedUntil ?? (probeIn > TimeSpan.Zero ? time.GetUtcNow() + probeIn : null);
        return at is { } back ? (long)Math.Round(back.ToUnixTimeMilliseconds() / 1000.0) * 1000 : null;
    }
}
