using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Text.Json.Serialization;

namespace Gateway.Configuration;

/// <summary>The configuration texts of an enum, as its members declare them.</summary>
internal static class EnumText
{
    /// <summary>LOG_LEVEL uses the names of the older gateways; the first text of a level is the one that is written.</summary>
    public static readonly IReadOnlyList<(string Text, LogLevel Value)> LogLevels =
    [
        ("TRACE", LogLevel.Trace), ("DEBUG", LogLevel.Debug), ("INFO", LogLevel.Information), ("WARNING", LogLevel.Warning),
        ("WARN", LogLevel.Warning), ("ERROR", LogLevel.Error), ("CRITICAL", LogLevel.Critical),
    ];

    public static IReadOnlyList<(string Text, T Value)> Of<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicFields)] T>()
        where T : struct, Enum =>
    [
        .. typeof(T).GetFields(BindingFlags.Public | BindingFlags.Static)
            .Select(field => (field.GetCustomAttribute<JsonStringEnumMemberNameAttribute>()!.Name, (T)field.GetValue(null)!)),
    ];
}
