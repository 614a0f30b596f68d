namespace Gateway.Configuration;

/// <summary>Reads one of <c>client_keys[]</c>.</summary>
internal static class ClientKeyBinder
{
    public const int MaxKeys = 10_000;

    private const string EndpointForm =
        "a list of paths below /v1 such as \"/embeddings\", \"POST /chat/completions\", \"/files/{id}\" or \"/files/*\"";

    private const int Billion = 1_000_000_000;

    public static ClientKeyOptions Bind(NodeReader r)
    {
        var options = new ClientKeyOptions
        {
            Name = r.RequiredText("name", "a name of at most 64 letters, digits, \".\", \"_\" or \"-\"", ValueRules.IsName),
            Key = r.Secret("key", otherwise: null),
            Sha256 = r.Secret("sha256", otherwise: null),
            UpstreamKey = r.Secret("upstream_key"),
            Priorities = r.WholeListOrNull("priorities", "a list of priorities of endpoints", static priority => priority >= 0),
            Endpoints = r.TextListOrNull("endpoints", EndpointForm, ValueRules.IsEndpoint),
            Models = r.TextListOrNull("models", "a list of model names", ValueRules.IsWord),
            RequestsPerMinute = r.WholeOrNull("requests_per_minute", null, 1, Billion),
            TokensPerMinute = r.WholeOrNull("tokens_per_minute", null, 1, Billion),
            Enabled = r.Flag("enabled", true),
        };
        RefuseEmpty(r, "priorities", options.Priorities?.Count);
        RefuseEmpty(r, "endpoints", options.Endpoints?.Count);
        RefuseEmpty(r, "models", options.Models?.Count);
        if (!r.IsBad("key") && !r.IsBad("sha256"))
        {
            RequireOneKey(r, options);
        }

        return options;
    }

    /// <summary>Nothing and everything are one slip of the hand apart here; neither is guessed.</summary>
    private static void RefuseEmpty(NodeReader r, string key, int? count)
    {
        if (count == 0)
        {
            r.Report(key, "An empty list would allow nothing", "Leave the key out for the default, or set enabled: false to refuse the caller.");
        }
    }

    private static void RequireOneKey(NodeReader r, ClientKeyOptions options)
    {
        if (options.Key is not null && options.Sha256 is not null)
        {
            r.Report("sha256", "stands beside \"key\"", "Keep one of them.");
        }
        else if (options.Key is null && options.Sha256 is null)
        {
            r.Report("key", "is missing", "Set the key, or sha256 with its digest.");
        }
        else if (!options.TryGetDigest(out _))
        {
            r.Report(options.Sha256 is null ? "key" : "sha256", ClientKeyRules.NoDigest, ClientKeyRules.MendDigest);
        }
    }
}
