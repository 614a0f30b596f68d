using System.Text.Json;
using System.Text.Json.Serialization;

namespace Gateway.Management;

/// <summary>Enum members as the API writes words: <c>half_open</c>.</summary>
internal sealed class SnakeCaseEnumConverter<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.SnakeCaseLower)
    where T : struct, Enum;
