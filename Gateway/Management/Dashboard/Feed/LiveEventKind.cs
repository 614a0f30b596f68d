namespace Gateway.Management.Dashboard.Feed;

internal enum LiveEventKind
{
    /// <summary>An upstream call was interrupted for a more urgent request; its request waits again.</summary>
    Preempted,

    /// <summary>An upstream call failed; its request is tried again.</summary>
    Retried,

    /// <summary>A request of the API ended with an error.</summary>
    Failed,

    /// <summary>The circuit of an instance opened.</summary>
    InstanceDown,

    /// <summary>It is being tried again.</summary>
    InstanceRecovering,
    InstanceUp,

    /// <summary>It asked to be left alone for a time.</summary>
    InstancePaused,
    InstanceDisabled,
    InstanceEnabled,
    TierPaused,
    TierResumed,
    Draining,
}
