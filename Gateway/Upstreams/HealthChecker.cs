using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Gateway.Configuration;

namespace Gateway.Upstreams;

/// <summary>
/// Asks instances whether they live: those without a recent success, those that left a request unanswered, and, once their break is over,
/// those that are out of the rotation. Wakes when something happens or a time has come, never in between.
/// </summary>
internal sealed class HealthChecker : BackgroundLoop
{
    /// <summary>A check that finds nobody within this time has failed: with one more second between two, a dead instance is out within 5 s.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    /// <summary>At least this long between two checks of one instance.</summary>
    private static readonly TimeSpan Gap = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Failed checks in a row that eject an instance when there is no other: its requests gain nothing by an early end, and a restart may be
    /// over before the next check.
    /// </summary>
    private const int FailuresOfTheOnlyOne = 3;

    private readonly InstanceTable _instances;
    private readonly OptionsSnapshot _options;
    private readonly TimeProvider _time;

    /// <summary>By what a reload keeps of an instance: another of its name, later, begins anew.</summary>
    private readonly ConditionalWeakTable<InstanceHealth, CheckState> _checks = [];

    /// <summary>Room for one notice: whoever finds it full is heard with that one.</summary>
    private readonly Channel<bool> _notices = Channel.CreateBounded<bool>(1);

    public HealthChecker(InstanceTable instances, OptionsSnapshot options, TimeProvider time, ILogger<HealthChecker> logger)
        : base(time, logger)
    {
        (_instances, _options, _time) = (instances, options, time);
        instances.HealthChanged += _ => Wake();
        instances.Suspected += Suspect;
        options.Changed += _ => Wake();
    }

    protected override async Task RunAsync(CancellationToken stopping)
    {
        await using ITimer timer = _time.CreateTimer(_ => Wake(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        Wake();
        await foreach (bool _ in _notices.Reader.ReadAllAsync(stopping))
        {
            timer.Change(CheckDue(stopping), Timeout.InfiniteTimeSpan);
        }
    }

    private void Wake() => _notices.Writer.TryWrite(true);

    private void Suspect(int index)
    {
        if (_instances.Find(index) is { } instance)
        {
            StateOf(instance).IsSuspect = true;
            Wake();
        }
    }

    /// <summary>Starts what is due and returns the time until something is again.</summary>
    private TimeSpan CheckDue(CancellationToken stopping)
    {
        HealthOptions options = _options.Current.Health;
        TimeSpan next = Timeout.InfiniteTimeSpan;
        foreach (InstanceState instance in _instances.All.Where(static instance => instance.Options.Enabled))
        {
            CheckState check = StateOf(instance);
            int generation = instance.Health.Generation;
            TimeSpan? due = check.IsRunning ? null : DueIn(instance, check, options);
            if (due <= TimeSpan.Zero)
            {
                if (options.Active)
                {
                    check.IsRunning = true;
                    _ = CheckAsync(instance, check, generation, stopping);
                }
                else
                {
                    instance.Health.TryHalfOpen(generation);
                }
            }
            else if (due is { } later && (next == Timeout.InfiniteTimeSpan || later < next))
            {
                // A timer counts whole milliseconds, and must not fire before its time.
                next = TimeSpan.FromMilliseconds(Math.Ceiling(later.TotalMilliseconds));
            }
        }

        return next;
    }

    /// <summary>Time until the instance is to be looked at; null for never, unless something happens.</summary>
    private TimeSpan? DueIn(InstanceState instance, CheckState check, HealthOptions options)
    {
        if (instance.Health.State == CircuitState.Open)
        {
            return instance.Health.ProbeIn;
        }

        if (!options.Active || instance.Health.State == CircuitState.HalfOpen)
        {
            return null;
        }

        TimeSpan sinceCheck = _time.GetElapsedTime(check.At);
        if (check.IsSuspect || check.Failures > 0)
        {
            return check.IsFirst ? TimeSpan.Zero : Gap - sinceCheck;
        }

        TimeSpan silent = instance.Usage.SinceSuccess is { } since && since < sinceCheck ? since : sinceCheck;
        return options.Interval - silent;
    }

    private async Task CheckAsync(InstanceState instance, CheckState check, int generation, CancellationToken stopping)
    {
        bool wasSuspect = check.IsSuspect || check.Failures > 0;
        check.IsSuspect = false;
        check.IsFirst = false;
        check.At = _time.GetTimestamp();
        try
        {
            string? failure = await HealthCheck.RunAsync(instance, Limit, _time, stopping);
            if (!stopping.IsCancellationRequested)
            {
                Take(instance, check, generation, failure, wasSuspect);
            }
        }
        finally
        {
            check.IsRunning = false;
            Wake();
        }
    }

    private void Take(InstanceState instance, CheckState check, int generation, string? failure, bool wasSuspect)
    {
        if (instance.Health.Generation != generation)
        {
            // It asked an address, or in a state, that is no more.
            check.Failures = 0;
            return;
        }

        if (failure is null)
        {
            check.Failures = 0;
            instance.Health.TryHalfOpen(generation);
            return;
        }

        check.Failures++;
        int needed = _instances.All.Count(static other => other.Options.Enabled) == 1 ? FailuresOfTheOnlyOne : wasSuspect ? 1 : 2;
        if (instance.Health.State == CircuitState.Open || check.Failures >= needed)
        {
            check.Failures = 0;
            instance.Health.Eject(generation, failure);
        }
    }

    private CheckState StateOf(InstanceState instance) =>
        _checks.GetOrAdd(instance.Health, static (_, time) => new CheckState { At = time.GetTimestamp() }, _time);

    /// <summary>What is known of the checks of one instance.</summary>
    private sealed class CheckState
    {
        /// <summary>Start of the last check, or of watching.</summary>
        public long At { get; set; }

        public bool IsFirst { get; set; } = true;

        public volatile bool IsSuspect;

        public volatile bool IsRunning;

        /// <summary>In a row.</summary>
        public int Failures { get; set; }
    }
}
