namespace Gateway.Tests.Conservation;

/// <summary>When a caller leaves.</summary>
internal enum Departure
{
    Never,

    /// <summary>When the upstream has the request, which it will never answer.</summary>
    Working,

    /// <summary>With the first bytes of the answer.</summary>
    FirstBytes,

    /// <summary>At any moment, also before the gateway has heard of it.</summary>
    Anytime,
}
