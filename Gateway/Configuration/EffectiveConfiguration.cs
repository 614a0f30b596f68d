using System.Text.Encodings.Web;
using System.Text.Json;

namespace Gateway.Configuration;

/// <summary>The options in force as JSON with the keys of the file, and without any secret.</summary>
internal static class EffectiveConfiguration
{
    private static readonly EffectiveConfigurationContext Context = new(new JsonSerializerOptions(EffectiveConfigurationContext.Default.Options)
    {
        // It is read by people; nothing embeds it in HTML without escaping.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });

    public static string ToJson(GatewayOptions options) => JsonSerializer.Serialize(options, Context.GatewayOptions);

    /// <summary>One instance alone, for the admin routes.</summary>
    public static string ToJson(InstanceOptions instance) => JsonSerializer.Serialize(instance, Context.InstanceOptions);
}
