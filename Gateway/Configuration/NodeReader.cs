using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Gateway.Configuration;

/// <summary>
/// Reads one section. Each call names a key with its type, range and default, reads it or reports it, and leaves a <see cref="KeyRule"/>:
/// the same line binds, validates, tells known keys from unknown ones and feeds the JSON schema.
/// </summary>
internal sealed partial class NodeReader
{
    private const int ShownCharacters = 80;

    private readonly JsonObject _node;
    private readonly string _path;
    private readonly ReadContext _context;
    private readonly NodeRules _rules;

    private NodeReader(JsonObject node, string path, ReadContext context, NodeRules rules)
    {
        _node = node;
        _path = path;
        _context = context;
        _rules = rules;
    }

    private delegate bool TryRead<T>(JsonNode value, out T result);

    public static T Read<T>(JsonObject root, ReadContext context, Func<NodeReader, T> bind) =>
        Enter(root, "", context, new NodeRules(typeof(T)), bind);

    /// <summary>The rules of everything below <typeparamref name="T"/>, without a configuration.</summary>
    public static NodeRules Describe<T>(Func<NodeReader, T> bind)
    {
        var rules = new NodeRules(typeof(T));
        Enter([], "", new ReadContext { Describing = true }, rules, bind);
        return rules;
    }

    /// <summary>True when the section holds a value for the key; empty text counts as none, as <c>${VAR:}</c> yields it.</summary>
    public bool Has(string key) => _node[key] is { } value && !(value is JsonValue text && text.TryGetValue(out string? s) && s.Length == 0);

    /// <summary>Reports a rule that spans keys.</summary>
    public void Report(string key, string message, string fix) => _context.Add(Path(key), message, fix);

    /// <summary>True when the key's own value was refused, so that rules across keys have nothing to compare.</summary>
    public bool IsBad(string key) => _context.HasErrorIn(Path(key));

    public T Section<T>(string key, Func<NodeReader, T> bind)
    {
        NodeRules inner = AddSection<T>(key, KeyKind.Section);
        return Enter(Object(key, _node[key]), Path(key), _context, inner, bind);
    }

    public T? OptionalSection<T>(string key, Func<NodeReader, T> bind)
        where T : class
    {
        NodeRules inner = AddSection<T>(key, KeyKind.Section, nullable: true);
        bool absent = _node[key] is null;
        if (absent && !_context.Describing)
        {
            return null;
        }

        T section = Enter(Object(key, absent ? new JsonObject() : _node[key]), Path(key), _context, inner, bind);
        return section;
    }

    /// <summary>Null when the key is absent. An empty list is an error: nothing could be served.</summary>
    public IReadOnlyList<T>? Sections<T>(string key, int max, Func<NodeReader, T> bind)
    {
        NodeRules inner = AddSection<T>(key, KeyKind.SectionList, max: max);
        if (_context.Describing)
        {
            Enter([], $"{Path(key)}[]", _context, inner, bind);
        }

        if (!_node.ContainsKey(key))
        {
            return null;
        }

        _context.MarkConfigured(Path(key));
        if (_node[key] is not JsonArray items || items.Count == 0 || items.Count > max)
        {
            string found = _node[key] is JsonArray array
                ? string.Create(CultureInfo.InvariantCulture, $"A list of {array.Count}")
                : Shown(_node[key]);
            _context.Add(Path(key), $"{found} is not a list of 1 to {max} sections", $"Write 1 to {max} entries in [ ], or leave the key out.");
            return [];
        }

        var result = new List<T>(items.Count);
        for (int i = 0; i < items.Count; i++)
        {
            string path = string.Create(CultureInfo.InvariantCulture, $"{Path(key)}[{i}]");
            if (items[i] is not JsonObject)
            {
                _context.Add(path, $"{Shown(items[i])} is not a section", "Write the entry as { \"key\": value }.");
                continue;
            }

            result.Add(Enter((JsonObject)items[i]!, path, _context, new NodeRules(typeof(T)), bind));
        }

        return result;
    }

    private static T Enter<T>(JsonObject node, string path, ReadContext context, NodeRules rules, Func<NodeReader, T> bind)
    {
        var reader = new NodeReader(node, path, context, rules);
        T result = bind(reader);
        reader.ReportUnknownKeys();
        return result;
    }

    private static string Shown(JsonNode? value)
    {
        if (value is null)
        {
            return "null";
        }

        if (value is not JsonValue)
        {
            return value is JsonArray ? "A list" : "A section";
        }

        if (value.GetValueKind() != JsonValueKind.String)
        {
            return value.ToJsonString();
        }

        // An error is one line, whatever the value is.
        string text = string.Concat(UrlConverter.WithoutCredentials(value.GetValue<string>()).Select(static c => char.IsControl(c) ? ' ' : c));
        return text.Length <= ShownCharacters ? $"\"{text}\"" : $"\"{text.AsSpan(0, ShownCharacters)}...\"";
    }

    private NodeRules AddSection<T>(string key, KeyKind kind, bool nullable = false, int? max = null)
    {
        var inner = new NodeRules(typeof(T));
        _rules.Add(new KeyRule(key, kind) { Nullable = nullable, Maximum = max, Section = inner });
        return inner;
    }

    private JsonObject Object(string key, JsonNode? value)
    {
        if (_node.ContainsKey(key))
        {
            _context.MarkConfigured(Path(key));
        }

        if (value is JsonObject section)
        {
            return section;
        }

        if (_node.ContainsKey(key))
        {
            _context.Add(Path(key), $"{Shown(value)} is not a section", "Write it as { \"key\": value }, or leave the key out.");
        }

        return [];
    }

    /// <summary>The one way a value is read: absent gives the default, a good value is taken, everything else becomes one error.</summary>
    private T Value<T>(KeyRule rule, T fallback, TryRead<T> read)
    {
        _rules.Add(rule);
        string path = Path(rule.Name);
        if (!_node.TryGetPropertyValue(rule.Name, out JsonNode? value))
        {
            if (rule.Required)
            {
                _context.Add(path, "is missing", $"Set {rule.Expected}.");
            }

            return fallback;
        }

        _context.MarkConfigured(path);
        if (_context.HasErrorIn(path))
        {
            return fallback;
        }

        if (value is null && rule.Nullable)
        {
            return default!;
        }

        if (value is not null && read(value, out T result))
        {
            return result;
        }

        if (!_context.HasErrorIn(path))
        {
            string otherwise = rule.Fallback is null ? "" : $", or leave the key out for {rule.Fallback}";
            _context.Add(path, $"{Shown(rule, value)} is not {rule.Expected}", $"Set {rule.Expected}{otherwise}.");
        }

        return fallback;
    }

    /// <summary>One entry of a list or a map is at fault, and not all of it.</summary>
    private void ReportEntry(KeyRule rule, string path, JsonNode? value) =>
        _context.Add(path, $"{Shown(rule, value)} does not belong in {rule.Expected}", "Mend the entry, or remove it.");

    private static string Shown(KeyRule rule, JsonNode? value) => rule.Secret ? "The value" : Shown(value);

    private void ReportUnknownKeys()
    {
        foreach (KeyValuePair<string, JsonNode?> pair in _node)
        {
            if (_rules.Knows(pair.Key))
            {
                continue;
            }

            string nearest = NearestKey.Of(pair.Key, _rules.Keys.Select(rule => rule.Name))!;
            string elsewhere = NearestKey.Distance(pair.Key, nearest) > 2 && KnownKeys.PathOf(pair.Key) is { } other ? other : Path(nearest);
            _context.Add(Path(Quoted(pair.Key)), "is not a known key", $"Did you mean \"{elsewhere}\"? Remove or rename it.");
        }
    }

    private static string Quoted(string name) => name.Length == 0 ? "\"\"" : name;

    private string Path(string key) => _path.Length == 0 ? key : $"{_path}.{key}";
}
