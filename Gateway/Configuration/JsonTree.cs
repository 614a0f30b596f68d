using System.Text.Json;
using System.Text.Json.Nodes;

namespace Gateway.Configuration;

/// <summary>JSON as a tree, all of it read at once.</summary>
internal static class JsonTree
{
    /// <exception cref="JsonException">It is no JSON, or holds a key twice where that is not allowed.</exception>
    /// <exception cref="InvalidOperationException">A name or a text in it is none: half of a surrogate pair.</exception>
    public static JsonNode? Parse(string text, JsonDocumentOptions rules)
    {
        JsonNode? tree = JsonNode.Parse(text, null, rules);
        ReadTexts(tree);
        return tree;
    }

    /// <summary>The framework reads them when they are asked for, and whoever asks does not expect that they cannot be.</summary>
    private static void ReadTexts(JsonNode? node)
    {
        if (node is JsonObject section)
        {
            foreach (KeyValuePair<string, JsonNode?> member in section)
            {
                ReadTexts(member.Value);
            }
        }
        else if (node is JsonArray list)
        {
            foreach (JsonNode? item in list)
            {
                ReadTexts(item);
            }
        }
        else if (node?.GetValueKind() == JsonValueKind.String)
        {
            _ = node.GetValue<string>();
        }
    }
}
