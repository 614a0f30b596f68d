using Gateway.Scheduling;

namespace Gateway.Configuration;

/// <summary>Picking among instances. Key: <c>routing</c>.</summary>
internal sealed record RoutingOptions
{
    /// <summary>Strategy. Default <c>failover</c>.</summary>
    public RoutingStrategy Strategy { get; init; }

    /// <summary>New attempts after which no other instance is tried at once. Default 3, range 0..64.</summary>
    public int Retries { get; init; } = 3;

    /// <summary>How long after its first failure a request may still be taken to another instance. Default 30 s, range 0..1h.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);
}
