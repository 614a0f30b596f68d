using System.Diagnostics.CodeAnalysis;

namespace Gateway.Configuration;

/// <summary>A load that either gave options or at least one error.</summary>
internal sealed record LoadResult
{
    [MemberNotNullWhen(true, nameof(Options))]
    public bool IsValid => Options is not null;

    public GatewayOptions? Options { get; init; }

    public IReadOnlyList<ConfigurationError> Errors { get; init; } = [];

    /// <summary>What is worth saying although it stops nothing, such as a variable that nothing uses.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Files that were read, in order.</summary>
    public IReadOnlyList<string> Files { get; init; } = [];

    /// <summary>Files whose change changes the configuration, present or not.</summary>
    public IReadOnlyList<string> Watched { get; init; } = [];
}
