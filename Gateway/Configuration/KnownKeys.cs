namespace Gateway.Configuration;

/// <summary>Every key of the configuration, from the binders themselves.</summary>
internal static class KnownKeys
{
    private static readonly Lazy<NodeRules> Rules = new(() => NodeReader.Describe(GatewayBinder.Bind));

    private static readonly Lazy<NodeRules> Settings = new(() => NodeReader.Describe(
        static r => InstanceBinder.BindSettings(r, InstanceBinder.ShortForm(UpstreamUrl.OpenAi, key: null, maxConcurrency: 1, proxyUrl: ""))));

    public static NodeRules Root => Rules.Value;

    public static NodeRules Instance => Root.Keys.Single(static key => key.Name == "instances").Section!;

    /// <summary>Those keys of an instance that may be changed while the gateway runs.</summary>
    public static NodeRules InstanceSettings => Settings.Value;

    /// <summary>Where a key of this name lives, for one written in the wrong section.</summary>
    public static string? PathOf(string name) =>
        Root.Walk().Where(key => key.Rule.Name == name).Select(key => key.Path).FirstOrDefault();
}
