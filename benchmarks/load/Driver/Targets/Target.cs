namespace Load.Driver.Targets;

/// <summary>A program under test with the environment that tells it from its siblings, such as <c>gateway+inline</c>.</summary>
/// <param name="Name">In the report.</param>
/// <param name="Kind">Which program.</param>
/// <param name="Environment">What is set for it.</param>
/// <param name="Shape">Of a gateway.</param>
internal sealed record Target(string Name, TargetKind Kind, IReadOnlyDictionary<string, string> Environment, GatewayShape Shape = GatewayShape.Plain)
{
    /// <summary>Another build than the run's; null: that one.</summary>
    public string? Program { get; init; }
}
