namespace Gateway.Management.Instances;

/// <summary>Whether an instance takes requests now, and if not, why.</summary>
internal enum InstanceStatus
{
    Active,

    /// <summary>Switched off by its <c>enabled</c>.</summary>
    Disabled,

    /// <summary>It asked to be left alone for a time.</summary>
    Paused,

    /// <summary>Its circuit is open.</summary>
    Unavailable,
}
