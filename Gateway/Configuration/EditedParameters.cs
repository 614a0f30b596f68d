namespace Gateway.Configuration;

/// <summary>Which top-level members of a request body the instances edit. Pure.</summary>
internal static class EditedParameters
{
    public const string Model = "model";
    public const string EncodingFormat = "encoding_format";
    public const string ParallelToolCalls = "parallel_tool_calls";

    /// <summary>Azure's: answers from a search. Never edited, but such a call takes no <c>stream_options</c>.</summary>
    public const string DataSources = "data_sources";

    /// <summary>What Venice refuses. Of <c>parallel_tool_calls</c> only what is neither true nor false.</summary>
    private static readonly IReadOnlyList<string> RefusedByVenice = ["prompt_cache_key", "logprobs", "top_logprobs", ParallelToolCalls];

    /// <summary>The parameters that an instance's requests lose: the configured ones, else the provider's own list.</summary>
    public static IReadOnlyList<string> RemovedBy(InstanceOptions instance) =>
        instance.RemoveParameters ?? (instance.ProviderType == ProviderType.Venice ? RefusedByVenice : []);

    /// <summary>A <c>parallel_tool_calls</c> that is true or false stays, unless the configuration names it.</summary>
    public static bool KeepsBooleans(InstanceOptions instance, string parameter) =>
        instance.RemoveParameters is null && parameter == ParallelToolCalls;

    /// <summary>Every member that some instance edits; empty when none edits any.</summary>
    public static IReadOnlySet<string> Of(GatewayOptions options)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (InstanceOptions instance in options.Instances)
        {
            names.UnionWith(RemovedBy(instance));
            if (instance.ProviderType == ProviderType.Azure)
            {
                names.UnionWith([Model, DataSources]);
            }

            if (instance.EmbeddingsBase64ToFloat)
            {
                names.Add(EncodingFormat);
            }
        }

        return names;
    }
}
