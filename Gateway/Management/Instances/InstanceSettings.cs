using System.Collections.Frozen;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Configuration;
using Gateway.Requests;

namespace Gateway.Management.Instances;

/// <summary>Checks settings sent for an instance by the rules of the configuration file, and applies them. Pure.</summary>
internal static class InstanceSettings
{
    /// <summary>Characters of an unknown name that are said back.</summary>
    private const int MaxShown = 64;

    private static readonly FrozenDictionary<string, KeyRule> Rules = KnownKeys.InstanceSettings.Keys.ToFrozenDictionary(static rule => rule.Name);

    public static IReadOnlyList<string> AllowedFields { get; } = [.. KnownKeys.InstanceSettings.Keys.Select(static rule => rule.Name)];

    /// <summary>The instance with its new settings, or why there is none.</summary>
    public static (InstanceOptions? Options, RequestError? Error) Apply(InstanceOptions instance, JsonObject settings)
    {
        if (settings.FirstOrDefault(static field => !Rules.ContainsKey(field.Key)) is { Key: { } unknown })
        {
            return (null, new RequestError(Outcome.SettingRefused, $"\"{Shown(unknown)}\" is not a field that can be changed here.", Shown(unknown))
            {
                AllowedFields = AllowedFields,
            });
        }

        if (Wrong(settings, static (field, rule) => !HasItsKind(field.Value, rule)) is { } mistaken)
        {
            return (null, mistaken);
        }

        var context = new ReadContext();
        InstanceOptions changed = NodeReader.Read(settings, context, r => InstanceBinder.BindSettings(r, instance));
        return Wrong(settings, (field, _) => context.HasErrorIn(field.Key)) is { } outside ? (null, outside) : (changed, null);
    }

    private static RequestError? Wrong(JsonObject settings, Func<KeyValuePair<string, JsonNode?>, KeyRule, bool> isWrong)
    {
        KeyRule[] wrong = [.. settings.Where(field => isWrong(field, Rules[field.Key])).Select(static field => Rules[field.Key])];
        return wrong.Length == 0 ? null : new RequestError(Outcome.SettingRefused, string.Join(' ', wrong.Select(Expected)), wrong[0].Name);
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

    private static string Shown(string name) => name.Length <= MaxShown ? name : name[..MaxShown] + "...";
}
