namespace Gateway.RateLimiting;

/// <summary>What is counted.</summary>
internal enum LimitKind : byte
{
    /// <summary>Requests of a caller.</summary>
    CallerRequests,

    /// <summary>Tokens of a caller.</summary>
    CallerTokens,

    /// <summary>Requests of an address.</summary>
    AddressRequests,

    /// <summary>Tokens sent to an instance.</summary>
    InstanceTokens,
}
