namespace Gateway.Upstreams;

/// <summary>What an instance's window says to an attempt.</summary>
internal enum WindowVerdict
{
    /// <summary>It may be made: booked, or nothing to book.</summary>
    Granted,

    /// <summary>Not now; the window is closed to its tier.</summary>
    Closed,

    /// <summary>Never: it is larger than its tier's whole share.</summary>
    TooLarge,
}
