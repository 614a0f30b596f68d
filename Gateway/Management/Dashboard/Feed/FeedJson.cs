using System.Text.Json;
using System.Text.Json.Serialization;
using Gateway.Management.Instances;
using Gateway.Scheduling;

namespace Gateway.Management.Dashboard.Feed;

/// <summary>How frames are written.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters =
    [
        typeof(SnakeCaseEnumConverter<InstanceStatus>), typeof(SnakeCaseEnumConverter<HealthStatus>), typeof(SnakeCaseEnumConverter<ItemState>),
        typeof(SnakeCaseEnumConverter<LiveEventKind>),
    ])]
[JsonSerializable(typeof(Frame))]
internal sealed partial class FeedJson : JsonSerializerContext
{
    /// <summary>A frame as an event: its time stands in the id, so that two frames of the same state are the same text.</summary>
    public static byte[] Event(Frame frame, DateTimeOffset at) =>
        [.. System.Text.Encoding.ASCII.GetBytes($"id: {at.ToUnixTimeMilliseconds()}\n"), .. "data: "u8, .. Body(frame), .. "\n\n"u8];

    public static byte[] Body(Frame frame) => JsonSerializer.SerializeToUtf8Bytes(frame, Default.Frame);
}
