namespace Load.Driver.Targets;

/// <summary>A program under test with the environment that tells it from its siblings, such as <c>gateway+inline</c>.</summary>
internal sealed record Target(string Name, TargetKind Kind, IReadOnlyDictionary<string, string> Environment);
