namespace Gateway.RateLimiting;

/// <summary>One window: what it counts, and for whom.</summary>
/// <param name="Kind">What.</param>
/// <param name="Principal">Whom: 128 bits of a digest, or an address. Hashed once more before it leaves the process.</param>
internal readonly record struct LimitKey(LimitKind Kind, UInt128 Principal)
{
    /// <summary>The kind alone: even a digest lets a weak key be guessed.</summary>
    public override string ToString() => Kind.ToString();
}
