using System.Collections.Frozen;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Configuration;
using Gateway.Requests;

namespace Gateway.Management.Instances;

/// <summary>Checks settings sent for an instance by the rules of the configuration file, and applies them. Pure.</summary>
internal static class InstanceSettings
{
    private static readonly FrozenDictionary<string, KeyRule> Rules = KnownKeys.InstanceSettings.Keys.ToFrozenDictionary(static rule => rule.Name);

    public static IReadOnlyList<string> AllowedFields { get; } = [.. KnownKeys.InstanceSettings.Keys.Select(static rule => rule.Name)];

    /// <summary>The instance with its new settings, or why there is none.</summary>
    public static (InstanceOptions? Options, RequestError? Error) Apply(InstanceOptions instance, JsonObject settings)
    {
        if (settings.FirstOrDefault(static field => !Rules.ContainsKey(field.Key)) is { Key: { } unknown })
        {
            return (null, new RequestError(Outcome.SettingRefused, $"{Shown(unknown)} is not a field that can be changed here.", unknown)
            {
                AllowedFields = AllowedFields,
            });
        }

        var context = new ReadContext();
        InstanceOptions changed = NodeReader.Read(settings, context, r => InstanceBinder.BindSettings(r, instance));
        string[] wrong = [.. settings.Where(field => !HasItsKind(field.Value, Rules[field.Key]) || context.HasErrorIn(field.Key)).Select(static field => field.Key)];
        return wrong.Length == 0
            ? (changed, null)
            : (null, new RequestError(Outcome.SettingRefused, string.Join(' ', wrong.Select(name => Expected(Rules[name]))), wrong[0]));
    }

    /// <summary>The file may write numbers as text, because a variable is nothing else; here that is a mistake.</summary>
    private static bool HasItsKind(JsonNode? value, KeyRule rule) => value?.GetValueKind() switch
    {
        null => rule.Nullable,
        JsonValueKind.True or JsonValueKind.False => rule.Kind == KeyKind.Flag,
        JsonValueKind.Number => rule.Kind == KeyKind.Whole,
        _ => false,
    };

    private static string Expected(KeyRule rule) => $"\"{rule.Name}\" must be {rule.Expected}{(rule.Nullable ? ", or null for none" : "")}.";

    private static string Shown(string name) => name.Length <= 64 ? $"\"{name}\"" : $"\"{name.AsSpan(0, 64)}...\"";
}
