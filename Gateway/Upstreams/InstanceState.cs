using System.Collections.Frozen;
using Gateway.Configuration;

namespace Gateway.Upstreams;

/// <summary>One configured upstream at run time. Its index is its bit in the scheduler's sets and never changes.</summary>
internal sealed class InstanceState(
    int index, InstanceOptions options, HttpMessageInvoker invoker, InstanceHealth health, InstanceUsage usage)
{
    private readonly FrozenSet<string> _models = options.SupportedModels.ToFrozenSet(StringComparer.OrdinalIgnoreCase);
    private readonly string _base = options.ApiBase.AbsoluteUri.TrimEnd('/');

    public int Index { get; } = index;

    public string Name { get; } = options.Name;

    public InstanceOptions Options { get; } = options;

    public HttpMessageInvoker Invoker { get; } = invoker;

    /// <summary>Kept over reloads, like its usage.</summary>
    public InstanceHealth Health { get; } = health;

    public InstanceUsage Usage { get; } = usage;

    /// <summary>No list means every model; a request without a model goes anywhere.</summary>
    public bool Serves(string? model) => Options.Enabled && Knows(model);

    /// <summary>It would serve the model if it were enabled.</summary>
    public bool Knows(string? model) => _models.Count == 0 || model is null || _models.Contains(model);

    /// <summary>The URL of a path below the API's root, byte for byte as the caller wrote it.</summary>
    public Uri UriOf(string path, string query) =>
        new(string.Concat(_base, path, query), new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
}
