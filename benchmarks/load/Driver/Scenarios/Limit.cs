namespace Load.Driver.Scenarios;

/// <summary>What the gateway has to keep: the metric itself, its ratio to another target of the same round, or how much more it is.</summary>
/// <param name="Metric">Of what.</param>
/// <param name="Max">The most that is allowed.</param>
/// <param name="RelativeTo">The other target; null for the metric itself.</param>
/// <param name="Of">Whom it concerns; null for every gateway.</param>
/// <param name="IsDifference">Not the ratio to the other target counts, but the difference.</param>
internal sealed record Limit(Metric Metric, double Max, string? RelativeTo, string? Of = null, bool IsDifference = false);
