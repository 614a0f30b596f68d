namespace Gateway.Recording;

/// <summary>How one upstream call ended.</summary>
internal enum AttemptEnd
{
    /// <summary>Its answer reached the caller whole, whatever its status.</summary>
    Answered,

    /// <summary>Interrupted for more urgent work; the request went back to its lane.</summary>
    Preempted,

    /// <summary>It gave no answer, or one that was not relayed, or not whole.</summary>
    Failed,

    /// <summary>Nobody waited for it any more: the caller has left, or the gateway stops.</summary>
    Abandoned,
}
