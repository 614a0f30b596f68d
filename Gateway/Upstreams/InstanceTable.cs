using Gateway.Configuration;
using Gateway.RateLimiting;
using Gateway.Scheduling;
using Gateway.Upstreams.Azure;

namespace Gateway.Upstreams;

/// <summary>
/// All instances. Requests read one immutable array; a reload puts another in its place. An instance keeps its index and, while its
/// connection settings stay the same, its connections. Handlers that a reload replaced are left to the collector: calls may still run on them,
/// and their idle connections close by themselves.
/// </summary>
internal sealed class InstanceTable : IDisposable
{
    private readonly Lock _reloading = new();
    private volatile InstanceState?[] _instances = [];
    private TimeSpan _connectTimeout;

    private readonly TimeProvider _time;
    private readonly EntraTokens? _tokens;

    public InstanceTable(GatewayOptions options, TimeProvider time, EntraTokens? tokens = null)
    {
        _time = time;
        _tokens = tokens;
        Apply(options);
    }

    /// <summary>Raised with the index after the circuit or the pause of an instance changed.</summary>
    public event Action<int>? HealthChanged;

    /// <summary>
    /// Raised with the index when a call was not answered, or not as a server of this API does, or by a redirect, and the circuit is closed all the same:
    /// a check can tell at once.
    /// </summary>
    public event Action<int>? Suspected;

    /// <summary>Slots by index; 0 where an instance is gone or disabled.</summary>
    public IReadOnlyList<int> Limits => [.. _instances.Select(static instance => LimitOf(instance))];

    public IEnumerable<InstanceState> All => _instances.OfType<InstanceState>();

    /// <summary>Null when a reload removed it.</summary>
    public InstanceState? Find(int index) => _instances[index];

    /// <summary>The instances able to serve a model, and a prompt of so many tokens.</summary>
    public InstanceSet Serving(string? model, long inputTokens = 0)
    {
        ulong bits = 0;
        foreach (InstanceState? instance in _instances)
        {
            if (instance is not null && instance.Serves(model) && instance.Takes(inputTokens))
            {
                bits |= 1UL << instance.Index;
            }
        }

        return new InstanceSet(bits);
    }

    /// <summary>Of these the one that comes first by its <c>priority</c>, then by its place, in the rotation or not.</summary>
    public InstanceSet FirstOf(InstanceSet serving) => All.Where(instance => serving.Contains(instance.Index)).MinBy(static instance => instance.Options.Priority) is { } first
        ? InstanceSet.Of(first.Index)
        : InstanceSet.Empty;

    /// <summary>
    /// Time until the first of them is back, when all that are in the rotation have asked to be left alone for longer than so; null when one of
    /// them has not, or none is in the rotation.
    /// </summary>
    public TimeSpan? AwayFor(InstanceSet serving, TimeSpan longest)
    {
        TimeSpan? paused = null;
        TimeSpan probe = TimeSpan.MaxValue;
        foreach (InstanceState? instance in _instances)
        {
            if (instance is not null && serving.Contains(instance.Index))
            {
                TimeSpan left = instance.Health.PauseLeft;
                if (instance.Health.State == CircuitState.Open)
                {
                    TimeSpan probeIn = instance.Health.ProbeIn;
                    probe = probeIn > TimeSpan.Zero && left <= probeIn && probeIn < probe ? probeIn : probe;
                }
                else if (left <= longest)
                {
                    return null;
                }
                else
                {
                    paused = paused < left ? paused : left;
                }
            }
        }

        return probe < paused ? probe : paused;
    }

    /// <summary>True when some instance has the model, enabled or not.</summary>
    public bool Knows(string? model) => All.Any(instance => instance.Knows(model));

    /// <summary>True when some instance takes prompts up to a length only.</summary>
    public bool HasInputLimits { get; private set; }

    /// <summary>True when some instance has a token window.</summary>
    public bool HasWindows { get; private set; }

    /// <summary>The longest prompt that an enabled instance takes for a model, whatever its circuit; null when one of them sets no limit, or there is none.</summary>
    public long? LongestInput(string? model)
    {
        long? longest = null;
        foreach (InstanceState instance in All.Where(instance => instance.Serves(model)))
        {
            if (instance.Options.MaxInputTokens is not { } most)
            {
                return null;
            }

            longest = Math.Max(longest ?? 0, most);
        }

        return longest;
    }

    /// <summary>Takes over a configuration.</summary>
    public void Apply(GatewayOptions options)
    {
        lock (_reloading)
        {
            InstanceState?[] before = _instances;
            List<InstanceState?> after = [.. before.Select(static _ => (InstanceState?)null)];
            var names = options.Instances.Select(static instance => instance.Name).ToHashSet(StringComparer.Ordinal);
            bool sameTimeout = options.Timeouts.Connect == _connectTimeout;
            _connectTimeout = options.Timeouts.Connect;
            foreach (InstanceOptions configured in options.Instances)
            {
                InstanceState? old = Array.Find(before, instance => instance?.Name == configured.Name);
                int index = old?.Index ?? FirstFree(before, after, names);
                if (index == after.Count)
                {
                    after.Add(null);
                }

                HttpMessageInvoker invoker = old is not null && sameTimeout && SameConnections(old.Options, configured)
                    ? old.Invoker
                    : UpstreamHandlers.Create(configured, options, _time, _tokens);
                after[index] = new InstanceState(index, configured, invoker, HealthOf(index, old, configured, options), old?.Usage ?? new InstanceUsage(_time),
                    WindowOf(old, configured, options.Endpoints.Count));
            }

            HasInputLimits = after.Any(static instance => instance?.Options.MaxInputTokens is not null);
            HasWindows = after.Any(static instance => instance?.Window is not null);
            _instances = [.. after];
        }
    }

    public void Dispose()
    {
        foreach (InstanceState instance in All)
        {
            instance.Invoker.Dispose();
        }
    }

    /// <summary>One slot while a circuit is not closed: that is the probe's, beside what began before and still runs.</summary>
    public static int LimitOf(InstanceState? instance) => instance switch
    {
        null or { Options.Enabled: false } => 0,
        { Health.State: CircuitState.Open } => 1,
        { Health.State: CircuitState.HalfOpen } => Math.Min(instance.Health.Older + 1, instance.Options.MaxConcurrency),
        _ => instance.Options.MaxConcurrency,
    };

    private InstanceHealth HealthOf(int index, InstanceState? old, InstanceOptions configured, GatewayOptions options)
    {
        if (old is null)
        {
            return new InstanceHealth(options.Health, _time, () => HealthChanged?.Invoke(index), () => Suspected?.Invoke(index));
        }

        old.Health.Apply(options.Health);
        if (old.Options.ApiBase != configured.ApiBase || old.Options.ApiKey != configured.ApiKey || !SameConnections(old.Options, configured))
        {
            // What was held against it was held against another address, way or key.
            old.Health.Reset();
        }

        return old.Health;
    }

    private TokenWindow? WindowOf(InstanceState? old, InstanceOptions configured, int tiers)
    {
        if (configured is { MaxTpm: null } or { RateLimitEnabled: false })
        {
            return null;
        }

        LimitKey key = TokenWindow.KeyOf(configured);
        return old?.Window is { } window && window.Key == key ? window : new TokenWindow(key, _time, tiers);
    }

    /// <summary>
    /// The index of an instance just removed is left alone for one reload, because attempts of it may still run, unless there is no other:
    /// its slots are counted together then.
    /// </summary>
    private static int FirstFree(InstanceState?[] before, List<InstanceState?> after, HashSet<string> names)
    {
        int removed = after.Count;
        for (int i = after.Count - 1; i >= 0; i--)
        {
            InstanceState? old = i < before.Length ? before[i] : null;
            if (after[i] is null && old is null)
            {
                return i;
            }

            removed = after[i] is null && !names.Contains(old!.Name) ? i : removed;
        }

        return after.Count < InstanceSet.MaxInstances ? after.Count : removed;
    }

    private static bool SameConnections(InstanceOptions before, InstanceOptions after) =>
        before.ProxyUrl == after.ProxyUrl && before.HttpVersion == after.HttpVersion && before.Auth == after.Auth;
}
