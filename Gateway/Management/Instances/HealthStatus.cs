namespace Gateway.Management.Instances;

/// <summary>What the circuit of an instance says, enabled or not.</summary>
internal enum HealthStatus
{
    Healthy,

    /// <summary>One request at a time finds out whether it is back.</summary>
    Recovering,

    Unhealthy,
}
