namespace Gateway.Management.Overview;

/// <summary>The gateway in one word; disabled instances do not count.</summary>
internal enum OverallStatus
{
    /// <summary>Every instance is healthy.</summary>
    Healthy,

    /// <summary>Some are not.</summary>
    Degraded,

    /// <summary>None is, or none is enabled.</summary>
    Unhealthy,

    /// <summary>On the way out of service.</summary>
    Draining,
}
