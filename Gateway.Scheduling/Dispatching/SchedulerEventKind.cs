namespace Gateway.Scheduling;

/// <summary>What can happen to a <see cref="SchedulerCore"/>.</summary>
public enum SchedulerEventKind
{
    /// <summary>An item arrives.</summary>
    Submit,

    /// <summary>An item's caller went away.</summary>
    CallerGone,

    /// <summary>Content of an attempt reached the caller.</summary>
    Committed,

    /// <summary>An attempt reports the output tokens it has seen.</summary>
    Progress,

    /// <summary>An attempt has its verdict.</summary>
    AttemptEnded,

    /// <summary>The upstream call of an ended attempt has been seen to end.</summary>
    SlotReleased,

    /// <summary>An instance has another number of slots.</summary>
    LimitChanged,

    /// <summary>A gate of an instance opened or closed.</summary>
    GateChanged,

    /// <summary>A window of an instance opened, or closed for some tiers.</summary>
    WindowChanged,

    /// <summary>An attempt is through its instance's window.</summary>
    WindowPassed,

    /// <summary>The ports' policies changed.</summary>
    TiersChanged,

    /// <summary>The routing strategy changed.</summary>
    RoutingChanged,

    /// <summary>What routing knows of an instance changed.</summary>
    TraitsChanged,

    /// <summary>A tier is to be granted nothing.</summary>
    TierPaused,

    /// <summary>A paused tier is to be granted slots again.</summary>
    TierResumed,

    /// <summary>An operator takes a waiting item out.</summary>
    Removed,

    /// <summary>An item moves up to a more urgent tier.</summary>
    Promoted,

    /// <summary>Other instances than before are able to serve some items.</summary>
    Rerouted,

    /// <summary>The armed timer fired.</summary>
    Tick,

    /// <summary>Take nothing new; finish what was admitted.</summary>
    Drain,

    /// <summary>The drain limit passed: evict what waits, cancel what runs.</summary>
    DrainExpired,
}
