namespace Load.Driver.Scenarios;

/// <summary>What the gateway has to keep: the metric itself, or its ratio to another target of the same round.</summary>
internal sealed record Limit(Metric Metric, double Max, string? RelativeTo);
