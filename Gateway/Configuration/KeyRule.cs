namespace Gateway.Configuration;

/// <summary>What one key may hold. Collected while the binders read, so a rule cannot differ from what is enforced.</summary>
internal sealed record KeyRule(string Name, KeyKind Kind)
{
    /// <summary>What a good value is, to complete "... is not" and "Set ...".</summary>
    public string Expected { get; init; } = "";

    /// <summary>Default in words; null = there is none to mention.</summary>
    public string? Fallback { get; init; }

    public double? Minimum { get; init; }

    public double? Maximum { get; init; }

    public IReadOnlyList<string> Choices { get; init; } = [];

    public bool Nullable { get; init; }

    public bool Required { get; init; }

    /// <summary>The value never appears in an error.</summary>
    public bool Secret { get; init; }

    /// <summary>Rules inside a section, or inside each item of a list of sections.</summary>
    public NodeRules? Section { get; init; }
}
