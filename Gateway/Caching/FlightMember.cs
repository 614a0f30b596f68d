namespace Gateway.Caching;

/// <summary>One request that is served from a flight, at its own pace. Its position belongs to the flight.</summary>
internal sealed class FlightMember
{
    /// <summary>Bytes it has taken.</summary>
    public long Position { get; set; }
}
