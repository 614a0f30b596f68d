using System.ComponentModel;

namespace Gateway.Management.Queue;

/// <summary>The gateway leaves service.</summary>
internal sealed record DrainAnswer
{
    public required string Message { get; init; }

    [Description("What is still under way then is ended.")]
    public required double LimitSeconds { get; init; }
}
