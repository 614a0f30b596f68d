namespace Gateway.Configuration;

/// <summary>What all readers of one load share: the errors so far and where values came from.</summary>
internal sealed class ReadContext
{
    private readonly List<ConfigurationError> _errors = [];
    private readonly Dictionary<string, (string Variable, string? Form)> _origins = [];
    private readonly HashSet<string> _configured = [];

    /// <summary>
    /// True when the rules are wanted and not a configuration: lists and optional sections are then entered although nothing is there.
    /// </summary>
    public bool Describing { get; init; }

    public IReadOnlyList<ConfigurationError> Errors => _errors;

    /// <summary>Paths that some source has set.</summary>
    public IReadOnlySet<string> Configured => _configured;

    /// <summary>A variable has set the key, and not a file.</summary>
    /// <param name="path">The key.</param>
    /// <param name="variable">Its name.</param>
    /// <param name="form">What it takes, where that is written in another way than in a file.</param>
    public void SetBy(string path, string variable, string? form = null) => _origins[path] = (variable, form);

    public bool IsSetByVariable(string path) => _origins.ContainsKey(path);

    public void MarkConfigured(string path) => _configured.Add(path);

    public void Add(string key, string message, string fix)
    {
        // An entry comes from where the whole comes from.
        string whole = key.EndsWith(']') ? key[..key.LastIndexOf('[')] : key;
        if (_origins.TryGetValue(key, out (string Variable, string? Form) origin) || _origins.TryGetValue(whole, out origin))
        {
            message = $"{message} (from {origin.Variable})";
            fix = origin.Form is null ? fix : $"{fix} {origin.Variable} takes {origin.Form}.";
        }

        _errors.Add(new ConfigurationError(key, $"{message}.", fix));
    }

    /// <summary>
    /// True when a value, or one inside it, was already complained about: a second error for the same cause would only hide the first.
    /// </summary>
    public bool HasErrorIn(string path) =>
        _errors.Exists(e => e.Key.StartsWith(path, StringComparison.Ordinal) && (e.Key.Length == path.Length || e.Key[path.Length] is '[' or '.'));
}
