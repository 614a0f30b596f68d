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

    /// <summary>What was read in each place: as the file, as its overlay, as <c>.env</c>; null where there was none.</summary>
    public IReadOnlyList<string?> Sources { get; init; } = [];

    /// <summary>Files that were read, in order.</summary>
    public IEnumerable<string> Files => Sources.OfType<string>();

    /// <summary>Files that were looked for, there or not, as they were before: who changes one changes the configuration.</summary>
    public FileStamps Watched { get; init; } = new();
}
