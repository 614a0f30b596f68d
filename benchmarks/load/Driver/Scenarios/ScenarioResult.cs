namespace Load.Driver.Scenarios;

/// <summary>A scenario with all rounds of all targets.</summary>
internal sealed record ScenarioResult(IScenario Scenario, IReadOnlyList<Measurement> Measurements);
