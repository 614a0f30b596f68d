namespace Demo.Observing;

/// <summary>One call as the server saw it: the truth about who really held a slot, and when.</summary>
/// <param name="Start">When it arrived there.</param>
/// <param name="End">When it ended there; null while it lives.</param>
/// <param name="IsInterrupted">It was broken off by the gateway.</param>
internal sealed record ServerCall(TimeSpan Start, TimeSpan? End, bool IsInterrupted);
