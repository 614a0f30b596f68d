using System.ComponentModel;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization.Metadata;
using Gateway.Configuration;

namespace Gateway.Management.OpenApi;

/// <summary>The schemas of one document, each under its name; asking for one gives a reference to it.</summary>
internal sealed class OpenApiSchemas
{
    private static readonly JsonSchemaExporterOptions Exporter = new()
    {
        TreatNullObliviousAsNonNullable = true,
        TransformSchemaNode = Describe,
    };

    public JsonObject All { get; } = [];

    public JsonObject Of(JsonTypeInfo type) => Reference(type.Type.Name, () => type.GetJsonSchemaAsNode(Exporter));

    public JsonObject Error() => Reference("Error", static () => JsonNode.Parse("""
        {
          "type": "object",
          "required": ["error"],
          "properties": {
            "error": {
              "type": "object",
              "required": ["message", "type", "param", "code"],
              "properties": {
                "message": { "type": "string" },
                "type": { "type": "string" },
                "param": { "type": ["string", "null"] },
                "code": { "type": ["string", "null"] }
              }
            },
            "allowed_fields": {
              "type": "array",
              "items": { "type": "string" },
              "description": "After a field that cannot be changed: those that can."
            }
          }
        }
        """)!);

    /// <summary>From the rules by which settings are checked.</summary>
    public JsonObject Settings() => Reference("InstanceSettings", static () =>
    {
        var properties = new JsonObject();
        foreach (KeyRule rule in KnownKeys.InstanceSettings.Keys)
        {
            properties[rule.Name] = rule.Kind == KeyKind.Flag
                ? new JsonObject { ["type"] = "boolean" }
                : new JsonObject
                {
                    ["type"] = rule.Nullable ? new JsonArray("integer", "null") : "integer",
                    ["minimum"] = (int)rule.Minimum!,
                    ["maximum"] = (int)rule.Maximum!,
                };
        }

        return new JsonObject { ["type"] = "object", ["additionalProperties"] = false, ["properties"] = properties };
    });

    private JsonObject Reference(string name, Func<JsonNode> make)
    {
        if (!All.ContainsKey(name))
        {
            All[name] = make();
        }

        return new JsonObject { ["$ref"] = $"#/components/schemas/{name}" };
    }

    private static JsonNode Describe(JsonSchemaExporterContext context, JsonNode schema)
    {
        object? description = context.PropertyInfo?.AttributeProvider?.GetCustomAttributes(typeof(DescriptionAttribute), inherit: false).FirstOrDefault();
        if (description is DescriptionAttribute { Description: var text } && schema is JsonObject node)
        {
            node.Insert(0, "description", text);
        }

        return schema;
    }
}
