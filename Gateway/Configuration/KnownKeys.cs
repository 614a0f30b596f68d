namespace Gateway.Configuration;

/// <summary>Every key of the configuration, from the binders themselves.</summary>
internal static class KnownKeys
{
    private static readonly Lazy<NodeRules> Rules = new(() => NodeReader.Describe(GatewayBinder.Bind));

    public static NodeRules Root => Rules.Value;

    /// <summary>Where a key of this name lives, for one written in the wrong section.</summary>
    public static string? PathOf(string name) =>
        Root.Walk().Where(key => key.Rule.Name == name).Select(key => key.Path).FirstOrDefault();
}
