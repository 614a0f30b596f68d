using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Gateway.Configuration;

/// <summary>Writes config.schema.json from the binders' rules and the options' documentation, so that editors complete, explain and check.</summary>
internal static partial class ConfigurationSchema
{
    // Any text may be a variable, so every other type is also allowed as one.
    private const string VariablePattern = @"\$\{[A-Za-z_]";

    private const string ClockPattern = @"([0-9]+\.)?[0-9]+:[0-9]{2}:[0-9]{2}(\.[0-9]+)?";
    private const string DurationPattern = @"^(auto|[0-9]+(\.[0-9]+)?|([0-9]+(\.[0-9]+)?(ms|us|s|m|h|d))+|" + ClockPattern + ")$|" + VariablePattern;
    private const string SizePattern = @"^[0-9]+(\.[0-9]+)? *([KMGTkmgt][iI]?)?[bB]?$|" + VariablePattern;

    private static readonly JsonSerializerOptions Written = new()
    {
        WriteIndented = true,
        IndentSize = 2,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <param name="documentation">The compiler's documentation file of this assembly; without it the schema has no descriptions.</param>
    public static string Generate(XDocument? documentation)
    {
        Dictionary<string, string> summaries = documentation is null ? [] : documentation.Descendants("member")
            .Where(member => member.Element("summary") is not null)
            .ToDictionary(member => member.Attribute("name")!.Value, member => Plain(member.Element("summary")!), StringComparer.OrdinalIgnoreCase);
        JsonObject schema = Section(KnownKeys.Root, summaries);
        schema.Insert(0, "$schema", "https://json-schema.org/draft/2020-12/schema");
        schema.Insert(1, "title", "Gateway configuration");
        return schema.ToJsonString(Written) + "\n";
    }

    /// <summary>The documentation file beside the assembly, if it was shipped.</summary>
    public static XDocument? Documentation()
    {
        string path = Path.Combine(AppContext.BaseDirectory, typeof(ConfigurationSchema).Assembly.GetName().Name + ".xml");
        return File.Exists(path) ? XDocument.Load(path) : null;
    }

    private static JsonObject Section(NodeRules rules, Dictionary<string, string> summaries)
    {
        var properties = new JsonObject();
        foreach (KeyRule rule in rules.Keys)
        {
            JsonObject property = Property(rule, summaries);
            string member = $"P:{rules.Options.FullName}.{rule.Name.Replace("_", "", StringComparison.Ordinal)}";
            if (summaries.TryGetValue(member, out string? summary))
            {
                property.Insert(0, "description", summary);
            }

            properties[rule.Name] = property;
        }

        var section = new JsonObject { ["type"] = "object", ["additionalProperties"] = false, ["properties"] = properties };
        JsonArray required = [.. rules.Keys.Where(rule => rule.Required).Select(rule => JsonValue.Create(rule.Name))];
        if (required.Count > 0)
        {
            section["required"] = required;
        }

        return section;
    }

    private static JsonObject Property(KeyRule rule, Dictionary<string, string> summaries)
    {
        JsonObject value = rule.Kind switch
        {
            KeyKind.Text => new JsonObject { ["type"] = "string" },
            KeyKind.Whole => OrVariable(Bounded(rule, "integer")),
            KeyKind.Number => OrVariable(Bounded(rule, "number")),
            KeyKind.Flag => OrVariable(new JsonObject { ["type"] = "boolean" }),
            KeyKind.Duration => Or(new JsonObject { ["type"] = "number", ["minimum"] = 0 },
                new JsonObject { ["type"] = "string", ["pattern"] = DurationPattern }),
            KeyKind.Size => Or(new JsonObject { ["type"] = "integer", ["minimum"] = 0 },
                new JsonObject { ["type"] = "string", ["pattern"] = SizePattern }),
            KeyKind.Choice => OrVariable(new JsonObject { ["enum"] = new JsonArray([.. rule.Choices.Select(choice => JsonValue.Create(choice))]) }),
            KeyKind.TextList => new JsonObject { ["type"] = "array", ["items"] = new JsonObject { ["type"] = "string" } },
            KeyKind.WholeList => new JsonObject { ["type"] = "array", ["items"] = OrVariable(new JsonObject { ["type"] = "integer" }) },
            KeyKind.TextMap => new JsonObject { ["type"] = "object", ["additionalProperties"] = new JsonObject { ["type"] = "string" } },
            KeyKind.Section => Section(rule.Section!, summaries),
            _ => new JsonObject { ["type"] = "array", ["minItems"] = 1, ["maxItems"] = rule.Maximum, ["items"] = Section(rule.Section!, summaries) },
        };
        return rule.Nullable ? Or(value, new JsonObject { ["type"] = "null" }) : value;
    }

    private static JsonObject Bounded(KeyRule rule, string type) => new() { ["type"] = type, ["minimum"] = rule.Minimum, ["maximum"] = rule.Maximum };

    private static JsonObject OrVariable(JsonObject value) => Or(value, new JsonObject { ["type"] = "string", ["pattern"] = VariablePattern });

    private static JsonObject Or(JsonObject one, JsonObject other)
    {
        // Flattened, or a nullable number would be a choice inside a choice.
        JsonArray choices = one.Count == 1 && one["anyOf"] is JsonArray inner
            ? [.. inner.Select(choice => choice!.DeepClone()), other]
            : [one, other];
        return new JsonObject { ["anyOf"] = choices };
    }

    private static string Plain(XElement summary)
    {
        foreach (XElement reference in summary.Descendants("see").ToArray())
        {
            string name = reference.Attribute("cref")?.Value ?? "";
            reference.ReplaceWith(name[(name.LastIndexOf('.') + 1)..]);
        }

        return Blanks().Replace(summary.Value, " ").Trim();
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blanks();
}
