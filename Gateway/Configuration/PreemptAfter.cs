namespace Gateway.Configuration;

/// <summary>How long a waiting request of a preemptive endpoint is patient before it interrupts lower work.</summary>
internal readonly record struct PreemptAfter
{
    private PreemptAfter(TimeSpan delay, bool isAuto)
    {
        Delay = delay;
        IsAuto = isAuto;
    }

    /// <summary>The patience; zero = at once. Meaningless when <see cref="IsAuto"/>.</summary>
    public TimeSpan Delay { get; }

    /// <summary>True when the patience follows the load: twice the mean gap between releases.</summary>
    public bool IsAuto { get; }

    /// <summary>The patience follows the load.</summary>
    public static PreemptAfter Auto { get; } = new(TimeSpan.Zero, isAuto: true);

    /// <summary>A fixed patience.</summary>
    public static PreemptAfter Fixed(TimeSpan delay) => new(delay, isAuto: false);
}
