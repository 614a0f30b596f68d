using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Gateway.Configuration;

/// <summary>
/// Replaces <c>${VAR}</c> and <c>${VAR:default}</c> in the texts of a tree. An empty variable counts as unset; <c>$${</c> stands for itself.
/// </summary>
internal sealed partial class Substitution(IReadOnlyDictionary<string, string> variables, ReadContext context)
{
    // Its keys are client keys: errors count its entries instead of naming them.
    private const string SecretMap = "api_key_mapping";

    private readonly HashSet<string> _used = [];

    /// <summary>Variables that the tree refers to.</summary>
    public IReadOnlySet<string> Used => _used;

    public JsonObject Apply(JsonObject tree) => Section(tree, "");

    private JsonObject Section(JsonObject section, string path)
    {
        var result = new JsonObject();
        int index = 0;
        foreach (KeyValuePair<string, JsonNode?> pair in section)
        {
            string inner = path == SecretMap ? Item(path, index++) : path.Length == 0 ? pair.Key : $"{path}.{pair.Key}";
            string key = Text(pair.Key, inner);
            if (!result.TryAdd(key, Node(pair.Value, inner)))
            {
                context.Add(inner, "has the same name as an entry before it, once its variable is filled in", "Remove one of them.");
            }
        }

        return result;
    }

    private JsonNode? Node(JsonNode? node, string path)
    {
        switch (node)
        {
            case JsonObject section:
                return Section(section, path);
            case JsonArray list:
                return new JsonArray([.. list.Select((item, i) => Node(item, Item(path, i)))]);
            case JsonValue value when value.TryGetValue(out string? text):
                return JsonValue.Create(Text(text, path));
            default:
                return node?.DeepClone();
        }
    }

    private string Text(string text, string path) =>
        text.Contains("${", StringComparison.Ordinal) ? Reference().Replace(text, m => Value(m, path)) : text;

    private string Value(Match match, string path)
    {
        if (match.Value.StartsWith("$$", StringComparison.Ordinal))
        {
            return match.Value[1..];
        }

        string name = match.Groups["name"].Value;
        if (!match.Groups["end"].Success || !Name().IsMatch(name))
        {
            context.Add(path, "holds a \"${\" that begins no variable", "Write ${NAME} or ${NAME:default}, or $${ for the characters themselves.");
            return "";
        }

        _used.Add(name);
        if (match.Groups["default"].Value.Contains("${", StringComparison.Ordinal))
        {
            // It would end at the first brace, and what is behind that would stay as text.
            context.Add(path, $"${{{name}}} has a default with another \"${{\" in it",
                $"Write a default of plain text, as in ${{{name}:text}}, or leave it out and set the variable {name}.");
            return "";
        }

        if (variables.TryGetValue(name, out string? value) && value.Length > 0)
        {
            return value;
        }

        if (match.Groups["default"].Success)
        {
            return match.Groups["default"].Value;
        }

        context.Add(path, $"${{{name}}} is not set and has no default", $"Set the variable {name}, or write ${{{name}:default}}.");
        return "";
    }

    private static string Item(string path, int index) => string.Create(CultureInfo.InvariantCulture, $"{path}[{index}]");

    [GeneratedRegex(@"\$?\$\{(?<name>[^}:]*)(?::(?<default>[^}]*))?(?<end>\})?")]
    private static partial Regex Reference();

    [GeneratedRegex(@"^[A-Za-z_][A-Za-z0-9_]*\z")]
    private static partial Regex Name();
}
