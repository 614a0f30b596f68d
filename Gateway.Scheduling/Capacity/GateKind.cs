namespace Gateway.Scheduling;

/// <summary>What can close an instance to everybody although it has a free slot. Its window, which closes by tier, is none of them.</summary>
public enum GateKind
{
    /// <summary>It asked for a pause.</summary>
    Pause,

    /// <summary>Its circuit is open: it keeps failing.</summary>
    Circuit,
}
