namespace Gateway.Recording.Influx;

/// <summary>What became of points that were sent.</summary>
internal enum WriteVerdict
{
    Stored,

    /// <summary>The server is out, full, or does not know us yet: worth another try.</summary>
    TryAgain,

    /// <summary>It will not take them whenever they come; of several, perhaps because of one.</summary>
    Refused,

    /// <summary>Nobody will ask again: it was turned off.</summary>
    GivenUp,

    /// <summary>The gateway stops before they are stored: the next start may ask again.</summary>
    Stopped,
}
