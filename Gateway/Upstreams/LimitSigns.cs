namespace Gateway.Upstreams;

/// <summary>What the headers of a refusal tell about the upstream's limits.</summary>
/// <param name="RetryTime">Time until another try may succeed, as the upstream says; null when it does not.</param>
/// <param name="IsWindowEmpty">A window says that nothing is left in it.</param>
internal readonly record struct LimitSigns(TimeSpan? RetryTime, bool IsWindowEmpty);
