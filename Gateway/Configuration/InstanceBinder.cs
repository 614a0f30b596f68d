namespace Gateway.Configuration;

/// <summary>Reads one of <c>instances[]</c>, and builds the one of the short form.</summary>
internal static class InstanceBinder
{
    public const string ShortFormName = "default";

    private const int Billion = 1_000_000_000;
    private const int AzureMaxTpm = 60_000;
    private const int AzureMaxInputTokens = 8_000;

    public static InstanceOptions Bind(NodeReader r, int maxConcurrency, string proxyUrl)
    {
        string name = r.RequiredText("name", "a name of at most 64 letters, digits, \".\", \"_\" or \"-\"", ValueRules.IsName);
        string apiBase = r.Text("api_base", "", "an absolute http or https URL without user, query or fragment", ValueRules.IsBaseUrl);
        ProviderType provider = r.Choice("provider_type", UpstreamUrl.ProviderOf(apiBase), EnumText.Of<ProviderType>());
        bool azure = provider == ProviderType.Azure;
        var d = new InstanceOptions { Name = name, ApiBase = ApiBase(r, apiBase, provider) };
        InstanceOptions options = d with
        {
            ProviderType = provider,
            ApiKey = r.Secret("api_key"),
            ApiVersion = r.Text("api_version", d.ApiVersion, "a version such as \"2024-05-01-preview\" or \"v1\"", ValueRules.IsName),
            Auth = Auth(r, provider),
            MaxConcurrency = maxConcurrency,
            MaxTpm = azure ? AzureMaxTpm : null,
            MaxInputTokens = azure ? AzureMaxInputTokens : null,
            SupportedModels = r.TextList("supported_models", [], "a list of model names", ValueRules.IsWord),
            ModelDeployments = Deployments(r),
            RemoveParameters = r.TextListOrNull("remove_parameters", "a list of parameter names", ValueRules.IsWord),
            EmbeddingsBase64ToFloat = r.Flag("embeddings_base64_to_float", provider == ProviderType.Venice),
            ProxyUrl = r.Text("proxy_url", proxyUrl, "an absolute http or https URL, or empty", ValueRules.IsEmptyOrHttpUrl),
            HttpVersion = r.Choice("http_version", d.HttpVersion, EnumText.Of<UpstreamHttpVersion>()),
        };
        return BindSettings(r, options);
    }

    /// <summary>The keys that may also be changed while the gateway runs. What is not there stays as it is.</summary>
    public static InstanceOptions BindSettings(NodeReader r, InstanceOptions instance) => instance with
    {
        Priority = r.Whole("priority", instance.Priority, 0, 1_000_000),
        Weight = r.Whole("weight", instance.Weight, 1, 1000),
        MaxConcurrency = r.Whole("max_concurrency", instance.MaxConcurrency, 1, 100_000),
        MaxTpm = r.WholeOrNull("max_tpm", instance.MaxTpm, 1, Billion),
        MaxInputTokens = r.WholeOrNull("max_input_tokens", instance.MaxInputTokens, 1, Billion),
        TimeoutSeconds = r.WholeOrNull("timeout_seconds", instance.TimeoutSeconds, 1, 86_400),
        RetryCount = r.WholeOrNull("retry_count", instance.RetryCount, 0, 100),
        RateLimitEnabled = r.Flag("rate_limit_enabled", instance.RateLimitEnabled),
        Enabled = r.Flag("enabled", instance.Enabled),
    };

    public static InstanceOptions ShortForm(string url, string? key, int maxConcurrency, string proxyUrl)
    {
        ProviderType provider = UpstreamUrl.ProviderOf(url);
        return new InstanceOptions
        {
            Name = ShortFormName,
            ProviderType = provider,
            ApiKey = key,
            ApiBase = UpstreamUrl.Normalise(url, provider),
            MaxConcurrency = maxConcurrency,
            EmbeddingsBase64ToFloat = provider == ProviderType.Venice,
            ProxyUrl = proxyUrl,
        };
    }

    private static Uri ApiBase(NodeReader r, string written, ProviderType provider)
    {
        if (written.Length == 0 && provider is ProviderType.Azure or ProviderType.Compatible && !r.IsBad("api_base"))
        {
            r.Report("api_base", "is missing, and this provider_type has no address of its own", "Set an absolute http or https URL.");
        }

        string url = written.Length > 0 ? written : provider == ProviderType.Venice ? UpstreamUrl.Venice : UpstreamUrl.OpenAi;
        return UpstreamUrl.Normalise(url, provider);
    }

    private static InstanceAuth Auth(NodeReader r, ProviderType provider)
    {
        InstanceAuth auth = r.Choice("auth", InstanceAuth.Key, EnumText.Of<InstanceAuth>());
        if (auth == InstanceAuth.Entra && provider != ProviderType.Azure)
        {
            r.Report("auth", "\"entra\" works with provider_type \"azure\" only", "Set \"key\", or leave the key out.");
        }

        return auth;
    }

    private static IReadOnlyDictionary<string, string> Deployments(NodeReader r)
    {
        const string Key = "model_deployments";
        IReadOnlyDictionary<string, string> deployments = r.TextMap(Key, "a map of model names to deployment names", ValueRules.IsWord);
        // Requests are matched without regard to these differences, so two spellings with two targets would be a toss-up.
        var seen = new Dictionary<string, string>(ModelNames.Comparer);
        foreach ((string model, string deployment) in deployments)
        {
            if (!seen.TryAdd(model, model) && deployments[seen[model]] != deployment)
            {
                r.Report(Key, $"\"{seen[model]}\" and \"{model}\" are the same model but name two deployments", "Keep one of them.");
            }
        }

        return deployments;
    }
}
