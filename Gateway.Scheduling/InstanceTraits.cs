namespace Gateway.Scheduling;

/// <summary>What the routing strategies know of an instance besides its slots.</summary>
/// <param name="Priority">For <see cref="RoutingStrategy.Failover"/>: lower is taken first. Any integer.</param>
/// <param name="Weight">For <see cref="RoutingStrategy.Weighted"/> and <see cref="RoutingStrategy.Composite"/>: its share. At least 1.</param>
/// <param name="Quality">For <see cref="RoutingStrategy.Composite"/>: 0.2 * (1 - error rate) + 0.1 * max(0, 1 - latency / 1 s), so 0 to 0.3.</param>
public sealed record InstanceTraits(int Priority, int Weight, double Quality)
{
    /// <summary>Of an instance nothing is known of: priority 1, weight 10, no errors and no latency seen.</summary>
    public static InstanceTraits Default { get; } = new(Priority: 1, Weight: 10, Quality: 0.3);

    internal static void ThrowIfInvalid(InstanceTraits traits)
    {
        ArgumentNullException.ThrowIfNull(traits);
        ArgumentOutOfRangeException.ThrowIfLessThan(traits.Weight, 1, nameof(traits));
        if (!double.IsFinite(traits.Quality))
        {
            throw new ArgumentOutOfRangeException(nameof(traits), traits.Quality, "Quality is not a number.");
        }
    }
}
