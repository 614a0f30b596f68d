using System.Text.Json.Serialization;

namespace Gateway.Management;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(HealthAnswer))]
internal sealed partial class HealthAnswerContext : JsonSerializerContext;
