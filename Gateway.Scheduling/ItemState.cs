namespace Gateway.Scheduling;

/// <summary>Where an item stands. It is in exactly one state at any time (invariant I1).</summary>
public enum ItemState
{
    /// <summary>Not submitted yet.</summary>
    New,

    /// <summary>In its lane.</summary>
    Queued,

    /// <summary>Out of its lane until a retry is due; holds no slot and blocks nobody.</summary>
    Sleeping,

    /// <summary>Holds a slot; its attempt runs.</summary>
    Running,

    /// <summary>Holds a slot; its attempt was told to stop and has not ended yet.</summary>
    Revoking,

    /// <summary>
    /// Holds a slot; its attempt has its verdict, but the upstream call has not been seen to end. If it is to be tried again it waits for
    /// that, and what ends a wait ends it for its caller; the slot stays taken either way.
    /// </summary>
    Closing,

    /// <summary>Over.</summary>
    Done,
}
