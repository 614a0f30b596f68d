using System.Collections.Frozen;
using Gateway.Configuration;

namespace Gateway.Recording.Metrics;

/// <summary>
/// Models as a label: those that the configuration names, and the first ones that an upstream has served, up to a bound. Whatever else
/// callers make up is one and the same.
/// </summary>
internal sealed class ModelLabel
{
    public const int MaxModels = 40;

    public const string Other = "other";

    public const string None = "none";

    private const int MaxLength = 64;

    private readonly Lock _lock = new();
    private volatile FrozenDictionary<string, string> _known = FrozenDictionary<string, string>.Empty;

    public ModelLabel(OptionsSnapshot options)
    {
        Apply(options.Current);
        options.Changed += Apply;
    }

    /// <param name="model">As the caller wrote it.</param>
    /// <param name="isServed">An upstream has answered it well, so that it is a model.</param>
    public string Of(string? model, bool isServed) =>
        model is null ? None
        : _known.TryGetValue(model, out string? known) ? known
        : isServed && _known.Count < MaxModels && IsName(model) ? Learn(model)
        : Other;

    private static bool IsName(string model) =>
        model.Length is > 0 and <= MaxLength && model.All(static c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' or ':' or '/' or '@' or '+');

    private string Learn(string model)
    {
        lock (_lock)
        {
            if (!_known.ContainsKey(model))
            {
                if (_known.Count >= MaxModels)
                {
                    return Other;
                }

                _known = With(_known.Keys.Append(model));
            }

            return model;
        }
    }

    /// <summary>What was learned stays: a series that is there must go on.</summary>
    private void Apply(GatewayOptions options)
    {
        IEnumerable<string> named = options.Instances
            .SelectMany(static instance => instance.SupportedModels.Concat(instance.ModelDeployments.Keys))
            .Concat(options.ClientKeys.SelectMany(static key => key.Models ?? []));
        lock (_lock)
        {
            _known = With(named.Concat(_known.Keys).Distinct(StringComparer.Ordinal));
        }
    }

    private static FrozenDictionary<string, string> With(IEnumerable<string> names) =>
        names.ToFrozenDictionary(static name => name, static name => name, StringComparer.Ordinal);
}
