namespace Gateway.Upstreams;

/// <summary>Why an upstream refused a call that it might have taken at another time.</summary>
internal enum RefusalKind
{
    /// <summary>A rate limit with evidence: the whole instance is used up for a time.</summary>
    Window,

    /// <summary>Too busy just now; nothing says that the next call meets the same.</summary>
    Capacity,

    /// <summary>Nothing is left to pay with: no retry helps.</summary>
    Quota,
}
