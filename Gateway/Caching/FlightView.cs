namespace Gateway.Caching;

/// <summary>What a member finds when it looks at its flight.</summary>
/// <param name="Head">Null until the answer has begun.</param>
/// <param name="Piece">The next bytes for it; empty when there are none yet.</param>
/// <param name="End">How the flight ended, once there are no further bytes.</param>
/// <param name="Changed">Completes when there is more; null when there is something now.</param>
internal readonly record struct FlightView(FlightHead? Head, ReadOnlyMemory<byte> Piece, FlightEnd End, Task? Changed);
