namespace Gateway.Scheduling;

/// <summary>One thing to do after a step.</summary>
public readonly record struct Effect
{
    /// <summary>What to do.</summary>
    public EffectKind Kind { get; private init; }

    /// <summary>The item concerned; null for <see cref="EffectKind.ArmTimer"/>.</summary>
    public WorkItem? Item { get; private init; }

    /// <summary>The attempt's number.</summary>
    public int Attempt { get; private init; }

    /// <summary>The instance that was granted.</summary>
    public int Instance { get; private init; }

    /// <summary>For a grant: the attempt may be interrupted until it commits.</summary>
    public bool Preemptible { get; private init; }

    /// <summary>For a grant: the instance's window is scarce, and nobody else is granted it before this attempt is through or over.</summary>
    public bool IsProbe { get; private init; }

    /// <summary>For a revoke: why.</summary>
    public CancellationReason Cancellation { get; private init; }

    /// <summary>For a reject or an evict: why.</summary>
    public EndReason End { get; private init; }

    /// <summary>A time in ticks: when to tick, or after how long the caller may try again.</summary>
    public long Ticks { get; private init; }

    internal static Effect Grant(WorkItem item, bool preemptible, bool isProbe) => new()
    {
        Kind = EffectKind.Grant,
        Item = item,
        Attempt = item.Attempts,
        Instance = item.Instance,
        Preemptible = preemptible,
        IsProbe = isProbe,
    };

    internal static Effect Revoke(WorkItem item, CancellationReason reason) =>
        new() { Kind = EffectKind.Revoke, Item = item, Attempt = item.Attempts, Instance = item.Instance, Cancellation = reason };

    internal static Effect Reject(WorkItem item, EndReason reason, long retryAfter) =>
        new() { Kind = EffectKind.Reject, Item = item, End = reason, Ticks = retryAfter };

    internal static Effect Evict(WorkItem item, EndReason reason, long retryAfter) =>
        new() { Kind = EffectKind.Evict, Item = item, Attempt = item.Attempts, End = reason, Ticks = retryAfter };

    internal static Effect Leaked(WorkItem item) =>
        new() { Kind = EffectKind.Leaked, Item = item, Attempt = item.Attempts, Instance = item.Instance };

    internal static Effect ArmTimer(long at) => new() { Kind = EffectKind.ArmTimer, Ticks = at };
}
