namespace Gateway.Caching;

/// <summary>How the one call that several requests wait for has ended.</summary>
internal enum FlightEnd
{
    /// <summary>It has not.</summary>
    None,

    /// <summary>The answer is there as far as the upstream sent it, whole.</summary>
    Landed,

    /// <summary>For a reason that all share: <see cref="Flight.Error"/>.</summary>
    Failed,

    /// <summary>For a reason that was its leader's alone: the others go on without it.</summary>
    LeaderOnly,
}
