using System.ComponentModel;

namespace Gateway.Management.Instances;

/// <summary>The failures of an instance.</summary>
internal sealed record InstanceErrors
{
    public required long ErrorCount { get; init; }

    [Description("The last few, oldest first.")]
    public required IReadOnlyList<InstanceError> Recent { get; init; }
}
