namespace Gateway.Scheduling;

/// <summary>What a step asks its caller to do.</summary>
public enum EffectKind
{
    /// <summary>Start the item's next attempt on the instance.</summary>
    Grant,

    /// <summary>Tell the attempt to stop, for the reason; its slot is free only after its end was reported.</summary>
    Revoke,

    /// <summary>Refuse the item; it never waited.</summary>
    Reject,

    /// <summary>End the item unserved; it waited.</summary>
    Evict,

    /// <summary>Report: the attempt was told to stop and has not ended in time; its slot stays taken.</summary>
    Leaked,

    /// <summary>Send a Tick at the time; replaces any earlier one.</summary>
    ArmTimer,
}
