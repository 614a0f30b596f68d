namespace Gateway.Forwarding;

/// <summary>How relaying one answer ended.</summary>
internal enum RelayEnd
{
    /// <summary>The caller has all of it.</summary>
    Complete,

    /// <summary>The attempt was interrupted before it committed: the caller has none of it.</summary>
    Revoked,

    /// <summary>The caller went away meanwhile.</summary>
    CallerGone,

    /// <summary>The upstream ended a stream in order but without its end.</summary>
    Truncated,
}
