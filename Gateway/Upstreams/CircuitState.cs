namespace Gateway.Upstreams;

/// <summary>Whether an instance is in the rotation.</summary>
internal enum CircuitState
{
    /// <summary>In the rotation.</summary>
    Closed,

    /// <summary>Out of it: the instance keeps failing.</summary>
    Open,

    /// <summary>One request at a time may find out whether the instance is back.</summary>
    HalfOpen,
}
