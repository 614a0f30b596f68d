using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Gateway.Configuration;

/// <summary>The options in force as JSON with the keys of the file, and without any secret.</summary>
internal static class EffectiveConfiguration
{
    private static readonly EffectiveConfigurationContext Context = new(new JsonSerializerOptions(EffectiveConfigurationContext.Default.Options)
    {
        // It is read by people; nothing embeds it in HTML without escaping.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });

    public static string ToJson(GatewayOptions options) => JsonSerializer.Serialize(options, Context.GatewayOptions);

    /// <summary>For the admin routes: in the place of each secret stands whether it is configured, as <c>api_key_configured</c>.</summary>
    public static JsonObject Describe(GatewayOptions options) =>
        WithoutSecrets(JsonSerializer.SerializeToNode(options, Context.GatewayOptions)!.AsObject(), KnownKeys.Root);

    /// <summary>One instance alone.</summary>
    public static JsonObject Describe(InstanceOptions instance) =>
        WithoutSecrets(JsonSerializer.SerializeToNode(instance, Context.InstanceOptions)!.AsObject(), KnownKeys.Instance);

    private static JsonObject WithoutSecrets(JsonObject node, NodeRules rules)
    {
        foreach (KeyRule rule in rules.Keys)
        {
            if (rule is { Secret: true, Kind: KeyKind.Text } && node.IndexOf(rule.Name) is >= 0 and var index)
            {
                bool isConfigured = node[index] is not null;
                node.RemoveAt(index);
                node.Insert(index, $"{rule.Name}_configured", isConfigured);
            }
            else if (rule.Section is { } section)
            {
                IEnumerable<JsonNode?> inner = node[rule.Name] as JsonArray ?? (IEnumerable<JsonNode?>)[node[rule.Name]];
                foreach (JsonObject item in inner.OfType<JsonObject>())
                {
                    WithoutSecrets(item, section);
                }
            }
        }

        return node;
    }
}
