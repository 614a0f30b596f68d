namespace Load.Driver.Scenarios;

/// <summary>What the gateway has to keep: the metric itself, or its ratio to the bare pass-through of the same round.</summary>
internal sealed record Limit(Metric Metric, double Max, bool RelativeToBare);
