using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Gateway.Configuration;

/// <summary>YAML as a JSON tree, by the core schema: only an unquoted true, number or null is one, so <c>no</c> stays text.</summary>
internal static partial class YamlTree
{
    // Aliases can make a small file expand without end.
    private const int MaxNodes = 100_000;
    private const int MaxDepth = 64;

    /// <summary>Null when it holds nothing, or comments only: a file that was emptied is not one that says <c>{}</c>.</summary>
    public static JsonNode? Parse(string text)
    {
        var stream = new YamlStream();
        var parser = new Parser(new StringReader(text));
        try
        {
            stream.Load(new MergingParser(new NestingLimit(parser, MaxDepth)));
        }
        catch (Exception e) when (e is not YamlException)
        {
            // The library's own way to say that a file is broken, for some of the ways in which it can be.
            (Mark start, Mark end) = parser.Current is { } at ? (at.Start, at.End) : (Mark.Empty, Mark.Empty);
            throw new YamlException(start, end, "cannot be read", e);
        }

        if (stream.Documents.Count == 0)
        {
            return null;
        }

        if (stream.Documents.Count > 1)
        {
            YamlNode second = stream.Documents[1].RootNode;
            throw new YamlException(second.Start, second.End, "a second document");
        }

        int nodes = 0;
        return Convert(stream.Documents[0].RootNode, 0, ref nodes);
    }

    private static JsonNode? Convert(YamlNode node, int depth, ref int nodes)
    {
        if (++nodes > MaxNodes || depth > MaxDepth)
        {
            throw new YamlException(node.Start, node.End, "too large");
        }

        switch (node)
        {
            case YamlMappingNode mapping:
                var section = new JsonObject();
                foreach (KeyValuePair<YamlNode, YamlNode> pair in mapping.Children)
                {
                    string key = (pair.Key as YamlScalarNode)?.Value ?? throw new YamlException(pair.Key.Start, pair.Key.End, "key");
                    section[key] = Convert(pair.Value, depth + 1, ref nodes);
                }

                return section;
            case YamlSequenceNode sequence:
                var list = new JsonArray();
                foreach (YamlNode item in sequence.Children)
                {
                    list.Add(Convert(item, depth + 1, ref nodes));
                }

                return list;
            default:
                return Scalar((YamlScalarNode)node);
        }
    }

    private static JsonValue? Scalar(YamlScalarNode scalar)
    {
        string text = scalar.Value ?? "";
        if (scalar.Style is not (ScalarStyle.Plain or ScalarStyle.Any) || IsMeantAsText(scalar.Tag))
        {
            return JsonValue.Create(text);
        }

        return text switch
        {
            "" or "~" or "null" or "Null" or "NULL" => null,
            "true" or "True" or "TRUE" => JsonValue.Create(true),
            "false" or "False" or "FALSE" => JsonValue.Create(false),
            _ when Whole().IsMatch(text) && long.TryParse(text, CultureInfo.InvariantCulture, out long whole) => JsonValue.Create(whole),
            _ when Number().IsMatch(text) && double.TryParse(text, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number) => JsonValue.Create(number),
            _ => JsonValue.Create(text),
        };
    }

    /// <summary><c>!!str 5</c>, or <c>! 5</c>, which says the same.</summary>
    private static bool IsMeantAsText(TagName tag) => !tag.IsEmpty && tag.Value is "tag:yaml.org,2002:str" or "!";

    [GeneratedRegex(@"^[-+]?[0-9]+\z")]
    private static partial Regex Whole();

    [GeneratedRegex(@"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]{1,2})?\z")]
    private static partial Regex Number();
}
