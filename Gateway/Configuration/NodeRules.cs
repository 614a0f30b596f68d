namespace Gateway.Configuration;

/// <summary>The keys of one section and the options type they fill.</summary>
internal sealed class NodeRules(Type options)
{
    private readonly List<KeyRule> _keys = [];

    public Type Options { get; } = options;

    public IReadOnlyList<KeyRule> Keys => _keys;

    public bool Knows(string name) => _keys.Exists(key => key.Name == name);

    public void Add(KeyRule rule) => _keys.Add(rule);

    /// <summary>All keys below, as paths such as <c>endpoints[].port</c>.</summary>
    public IEnumerable<(string Path, KeyRule Rule)> Walk(string prefix = "")
    {
        foreach (KeyRule key in _keys)
        {
            string path = prefix + key.Name;
            yield return (path, key);
            if (key.Section is { } section)
            {
                foreach ((string, KeyRule) inner in section.Walk(path + (key.Kind == KeyKind.SectionList ? "[]." : ".")))
                {
                    yield return inner;
                }
            }
        }
    }
}
