using System.Text.Json.Serialization;

namespace Gateway.Configuration;

[JsonSourceGenerationOptions(
    WriteIndented = true,
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UseStringEnumConverter = true,
    Converters = [typeof(DurationConverter), typeof(PatienceConverter), typeof(LogLevelConverter)],
    GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(GatewayOptions))]
internal sealed partial class EffectiveConfigurationContext : JsonSerializerContext;
