namespace Gateway.Forwarding;

/// <summary>How one direction of a tunnel came to its end.</summary>
internal enum TunnelEnd
{
    /// <summary>Its source closed in order; everything before that was passed on.</summary>
    Closed,

    /// <summary>Its source broke off.</summary>
    Broken,

    /// <summary>Its destination takes nothing any more.</summary>
    Refused,

    /// <summary>We stopped it.</summary>
    Stopped,
}
