namespace Gateway.Recording.Usage;

/// <summary>Whose usage it is. The numbers are written to the state file and to Redis: new ones go to the end.</summary>
internal enum UsageScope
{
    /// <summary>All requests of the API.</summary>
    Whole,

    /// <summary>Those of one tier.</summary>
    Tier,

    /// <summary>The upstream calls of one instance.</summary>
    Instance,
}
