using System.Text.Json.Serialization;

namespace Gateway.Configuration;

/// <summary>One configured upstream deployment. Key: <c>instances[]</c>, or the short form, which becomes the instance <c>default</c>.</summary>
internal sealed record InstanceOptions
{
    /// <summary>Unique name in headers, metrics and admin routes. Letters, digits, <c>. _ -</c>, at most 64. Required.</summary>
    public required string Name { get; init; }

    /// <summary>Dialect. Default <c>openai</c>, or <c>venice</c> when the host is api.venice.ai.</summary>
    public ProviderType ProviderType { get; init; }

    /// <summary>Upstream key. Default null: with no client keys and no upstream key anywhere, the callers' own credentials pass through; otherwise none is sent. Secret.</summary>
    [JsonConverter(typeof(SecretConverter))]
    public string? ApiKey { get; init; }

    /// <summary>
    /// Base URL, absolute http or https, required for azure and compatible. Normalised without a trailing slash: except for azure its path is
    /// exactly what precedes the part of a request's path after <c>/v1</c>, so it may be written with or without <c>/v1</c>.
    /// </summary>
    public required Uri ApiBase { get; init; }

    /// <summary>Azure API version; <c>v1</c> = the newer surface. Default <c>2024-05-01-preview</c>.</summary>
    public string ApiVersion { get; init; } = "2024-05-01-preview";

    /// <summary>How to sign in. Default <c>key</c>; <c>entra</c> for azure only.</summary>
    public InstanceAuth Auth { get; init; }

    /// <summary>Rank among instances; lower first. Default 1, range 0..1000000.</summary>
    public int Priority { get; init; } = 1;

    /// <summary>Share under weighted routing. Default 10, range 1..1000.</summary>
    public int Weight { get; init; } = 10;

    /// <summary>Slots: upstream calls at once. Default <c>scheduling.max_concurrency</c>, range 1..100000.</summary>
    public int MaxConcurrency { get; init; } = 8;

    /// <summary>
    /// Tokens per sliding minute. Default null = no window; azure 60000. DEFAULT_MAX_TPM sets it for instances that set none. Range
    /// 1..1000000000.
    /// </summary>
    public int? MaxTpm { get; init; }

    /// <summary>
    /// Longest prompt in tokens. Default null = any; azure 8000. DEFAULT_MAX_INPUT_TOKENS sets it for instances that set none. Range
    /// 1..1000000000.
    /// </summary>
    public int? MaxInputTokens { get; init; }

    /// <summary>Models it serves. Default empty = all.</summary>
    public IReadOnlyList<string> SupportedModels { get; init; } = [];

    /// <summary>Azure: model to deployment. Default empty = the deployment is named like the model.</summary>
    public IReadOnlyDictionary<string, string> ModelDeployments { get; init; } = new Dictionary<string, string>();

    /// <summary>Top-level request parameters to remove. Default null = the provider's own list; empty = none.</summary>
    public IReadOnlyList<string>? RemoveParameters { get; init; }

    /// <summary>Ask for float embeddings upstream and turn them back into base64. Default false; venice true.</summary>
    public bool EmbeddingsBase64ToFloat { get; init; }

    /// <summary>
    /// Outbound HTTP proxy, absolute http or https URL. A user and a password in it are shown to the proxy as Basic, without being asked for. Default:
    /// the root <c>proxy_url</c>; empty = none.
    /// </summary>
    [JsonConverter(typeof(UrlConverter))]
    public string ProxyUrl { get; init; } = "";

    /// <summary>HTTP version. Default <c>auto</c>.</summary>
    public UpstreamHttpVersion HttpVersion { get; init; }

    /// <summary>Wait for the first byte, whole seconds. Default null = <c>timeouts.first_byte</c>. Range 1..86400.</summary>
    public int? TimeoutSeconds { get; init; }

    /// <summary>Retries on this instance. Default null = <c>retries.max_retries</c>. Range 0..100.</summary>
    public int? RetryCount { get; init; }

    /// <summary>Does the <c>max_tpm</c> window apply. Default true.</summary>
    public bool RateLimitEnabled { get; init; } = true;

    /// <summary>Is it in the rotation. Default true.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>The name alone: a record prints every member, and one of them is a secret.</summary>
    public override string ToString() => Name;
}
