using System.Diagnostics.CodeAnalysis;

namespace Gateway.Configuration;

/// <summary>What all readers of one load share: the errors so far and where values came from.</summary>
internal sealed class ReadContext
{
    private readonly List<ConfigurationError> _errors = [];
    private readonly Dictionary<string, string> _origins = [];
    private readonly HashSet<string> _configured = [];

    /// <summary>
    /// True when the rules are wanted and not a configuration: lists and optional sections are then entered although nothing is there.
    /// </summary>
    public bool Describing { get; init; }

    public IReadOnlyList<ConfigurationError> Errors => _errors;

    /// <summary>Paths that some source has set.</summary>
    public IReadOnlySet<string> Configured => _configured;

    public void SetBy(string path, string variable) => _origins[path] = variable;

    public bool TryGetVariable(string path, [NotNullWhen(true)] out string? variable) => _origins.TryGetValue(path, out variable);

    public void MarkConfigured(string path) => _configured.Add(path);

    public void Add(string key, string message, string fix)
    {
        string origin = _origins.TryGetValue(key, out string? variable) ? $" (from {variable})" : "";
        _errors.Add(new ConfigurationError(key, $"{message}{origin}.", fix));
    }

    /// <summary>
    /// True when a value, or one inside it, was already complained about: a second error for the same cause would only hide the first.
    /// </summary>
    public bool HasErrorIn(string path) =>
        _errors.Exists(e => e.Key.StartsWith(path, StringComparison.Ordinal) && (e.Key.Length == path.Length || e.Key[path.Length] is '[' or '.'));
}
