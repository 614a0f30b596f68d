namespace Gateway.Scheduling;

/// <summary>What can close an instance although it has a free slot. An instance is open when all of its gates are.</summary>
public enum GateKind
{
    /// <summary>Its token or request window is used up.</summary>
    Window,

    /// <summary>It asked for a pause.</summary>
    Pause,

    /// <summary>Its circuit is open: it keeps failing, or was disabled.</summary>
    Circuit,
}
