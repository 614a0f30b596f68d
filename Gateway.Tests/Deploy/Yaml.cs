using Gateway.Tests.Tidy;
using YamlDotNet.RepresentationModel;

namespace Gateway.Tests.Deploy;

/// <summary>A YAML file of the tree, for looking things up by path: <c>spec.ports.0.name</c>.</summary>
internal static class Yaml
{
    public static IReadOnlyList<YamlNode> Documents(string path)
    {
        var yaml = new YamlStream();
        yaml.Load(new StringReader(SourceTree.File(path).Text));
        return [.. yaml.Documents.Select(static document => document.RootNode)];
    }

    /// <summary>Null when there is nothing.</summary>
    public static YamlNode? At(this YamlNode node, string path)
    {
        YamlNode? at = node;
        foreach (string part in path.Split('.'))
        {
            at = at switch
            {
                YamlMappingNode map => map.Children.TryGetValue(new YamlScalarNode(part), out YamlNode? child) ? child : null,
                YamlSequenceNode list when int.TryParse(part, out int index) => list.Children.ElementAtOrDefault(index),
                _ => null,
            };
        }

        return at;
    }

    public static string Text(this YamlNode node, string path) => node.At(path) is YamlScalarNode { Value: { } text } ? text : throw new KeyNotFoundException($"{path} is no text in {node}");

    public static int Number(this YamlNode node, string path) => int.Parse(node.Text(path), System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Empty when there is no such list.</summary>
    public static IReadOnlyList<YamlNode> List(this YamlNode node, string path) => node.At(path) is YamlSequenceNode list ? [.. list.Children] : [];

    public static IReadOnlyList<string> Texts(this YamlNode node, string path) => [.. node.List(path).Select(static item => ((YamlScalarNode)item).Value!)];

    /// <summary>Empty when there is no such mapping.</summary>
    public static IReadOnlyDictionary<string, YamlNode> Map(this YamlNode node, string path) => node.At(path) is YamlMappingNode map
        ? map.Children.ToDictionary(static pair => ((YamlScalarNode)pair.Key).Value!, static pair => pair.Value)
        : new Dictionary<string, YamlNode>();
}
