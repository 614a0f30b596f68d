using System.Text.Json.Nodes;
using Gateway.Configuration;
using Gateway.Requests;
using Gateway.Upstreams;

namespace Gateway.Management.Instances;

/// <summary>
/// Changes instances while the gateway runs, by publishing new options. The file knows nothing of it: a reload that says otherwise wins, and
/// so does a restart.
/// </summary>
internal sealed partial class InstanceChanges
{
    private readonly OptionsSnapshot _options;
    private readonly InstanceTable _instances;
    private readonly ILogger<InstanceChanges> _logger;

    /// <summary>Instance to its changed fields, each as JSON. Touched only while options are published, one publication at a time.</summary>
    private readonly Dictionary<string, Dictionary<string, string>> _edits = [];

    public InstanceChanges(OptionsSnapshot options, InstanceTable instances, ILogger<InstanceChanges> logger)
    {
        (_options, _instances, _logger) = (options, instances, logger);
        options.Changed += Compare;
    }

    /// <summary>Takes the settings over, all or none. Null: they are in force.</summary>
    public RequestError? Change(string name, JsonObject settings)
    {
        RequestError? error = null;
        _options.Edit(options =>
        {
            if (options.Instances.FirstOrDefault(instance => instance.Name == name) is not { } instance)
            {
                error = InstanceRoutes.NotFound(_instances);
                return null;
            }

            (InstanceOptions? changed, error) = InstanceSettings.Apply(instance, settings);
            if (changed is null)
            {
                return null;
            }

            Remember(changed, settings);
            Log.Changed(_logger, name, string.Join(", ", settings.Select(static field => $"{field.Key} = {Text(field.Value)}")));
            return options with { Instances = [.. options.Instances.Select(other => other.Name == name ? changed : other)] };
        });
        return error;
    }

    private void Remember(InstanceOptions changed, JsonObject settings)
    {
        JsonObject values = EffectiveConfiguration.Describe(changed);
        if (!_edits.TryGetValue(changed.Name, out Dictionary<string, string>? fields))
        {
            _edits.Add(changed.Name, fields = []);
        }

        foreach ((string field, _) in settings)
        {
            fields[field] = Text(values[field]);
        }
    }

    /// <summary>Says what a reload has undone.</summary>
    private void Compare(GatewayOptions options)
    {
        foreach ((string name, Dictionary<string, string> fields) in _edits)
        {
            InstanceOptions? instance = options.Instances.FirstOrDefault(instance => instance.Name == name);
            JsonObject? values = instance is null ? null : EffectiveConfiguration.Describe(instance);
            string[] undone = [.. fields.Where(field => values is null || Text(values[field.Key]) != field.Value).Select(static field => field.Key)];
            if (undone.Length > 0)
            {
                Log.Undone(_logger, name, string.Join(", ", undone));
                Array.ForEach(undone, field => fields.Remove(field));
            }
        }
    }

    private static string Text(JsonNode? value) => value?.ToJsonString() ?? "null";

    private static partial class Log
    {
        [LoggerMessage(3020, LogLevel.Information, "Instance {Instance} was changed by the admin API until the next reload or restart: {Settings}")]
        public static partial void Changed(ILogger logger, string instance, string settings);

        [LoggerMessage(3021, LogLevel.Warning, "The reloaded configuration replaces what the admin API had set on instance {Instance}: {Fields}")]
        public static partial void Undone(ILogger logger, string instance, string fields);
    }
}
