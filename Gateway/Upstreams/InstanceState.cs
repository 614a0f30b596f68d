using System.Collections.Frozen;
using Gateway.Configuration;
using Gateway.Upstreams.Azure;
using Gateway.Upstreams.OpenAI;

namespace Gateway.Upstreams;

/// <summary>One configured upstream at run time. Its index is its bit in the scheduler's sets and never changes.</summary>
internal sealed class InstanceState(
    int index, InstanceOptions options, HttpMessageInvoker invoker, InstanceHealth health, InstanceUsage usage, TokenWindow? window = null)
{
    private readonly FrozenSet<string> _models = options.SupportedModels.ToFrozenSet(NamesOf(options.ProviderType));

    public int Index { get; } = index;

    public string Name { get; } = options.Name;

    public InstanceOptions Options { get; } = options;

    public HttpMessageInvoker Invoker { get; } = invoker;

    /// <summary>Kept over reloads, like its usage.</summary>
    public InstanceHealth Health { get; } = health;

    public InstanceUsage Usage { get; } = usage;

    /// <summary>Null when it has no <c>max_tpm</c>, or that is turned off.</summary>
    public TokenWindow? Window { get; } = window;

    public (Version Version, HttpVersionPolicy Policy) HttpVersion { get; } = VersionOf(options);

    public IDialect Dialect { get; } = options.ProviderType switch
    {
        ProviderType.Azure => new AzureDialect(options),
        _ => new OpenAiDialect(options),
    };

    /// <summary>No list means every model; a request without a model goes anywhere.</summary>
    public bool Serves(string? model) => Options.Enabled && Knows(model);

    /// <summary>It would serve the model if it were enabled.</summary>
    public bool Knows(string? model) => _models.Count == 0 || model is null || _models.Contains(model);

    /// <summary>A prompt of so many tokens is not too long for it.</summary>
    public bool Takes(long inputTokens) => Options.MaxInputTokens is not { } most || inputTokens <= most;

    private static (Version Version, HttpVersionPolicy Policy) VersionOf(InstanceOptions options) => options.HttpVersion switch
    {
        UpstreamHttpVersion.Http11 => (System.Net.HttpVersion.Version11, HttpVersionPolicy.RequestVersionExact),
        UpstreamHttpVersion.Http2 => (System.Net.HttpVersion.Version20, HttpVersionPolicy.RequestVersionExact),
        _ => options.ApiBase.Scheme == Uri.UriSchemeHttps
            ? (System.Net.HttpVersion.Version20, HttpVersionPolicy.RequestVersionOrLower)
            : (System.Net.HttpVersion.Version11, HttpVersionPolicy.RequestVersionExact),
    };

    /// <summary>Azure's users write the same model in several ways.</summary>
    private static IEqualityComparer<string> NamesOf(ProviderType provider) =>
        provider == ProviderType.Azure ? ModelNames.Comparer : StringComparer.OrdinalIgnoreCase;
}
