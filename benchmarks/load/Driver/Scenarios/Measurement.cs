namespace Load.Driver.Scenarios;

/// <summary>One round of one target.</summary>
internal sealed record Measurement(string Target, int Round, IReadOnlyDictionary<Metric, double> Values, int Errors, string? FirstError);
