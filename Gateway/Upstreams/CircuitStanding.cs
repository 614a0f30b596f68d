namespace Gateway.Upstreams;

/// <summary>How a circuit stands, as one: a reader must not put a reason to another state's time.</summary>
/// <param name="State">The state.</param>
/// <param name="Generation">Changes with every state. An attempt notes it when it begins and reports with it.</param>
/// <param name="Reason">Why the circuit is not closed; null when it is.</param>
/// <param name="Since">Start of the state.</param>
internal sealed record CircuitStanding(CircuitState State, int Generation, string? Reason, DateTimeOffset Since);
