using Gateway.Tests.Tidy;
using YamlDotNet.RepresentationModel;

namespace Gateway.Tests.Deploy;

/// <summary>The alerts as they are shipped.</summary>
internal static class AlertRules
{
    public const string Folder = "deploy/prometheus/";

    public static IReadOnlyList<(string Name, string Expression)> All { get; } = [.. Read()];

    private static IEnumerable<(string Name, string Expression)> Read()
    {
        var yaml = new YamlStream();
        yaml.Load(new StringReader(SourceTree.File(Folder + "alerts.yml").Text));
        return ((YamlSequenceNode)yaml.Documents[0].RootNode["groups"]).SelectMany(static group => (YamlSequenceNode)group["rules"])
            .Select(static rule => (rule["alert"].ToString(), rule["expr"].ToString()));
    }
}
