using System.Text.Json;
using System.Text.Json.Serialization;

namespace Gateway.Configuration;

/// <summary>Writes <c>auto</c> or the duration.</summary>
internal sealed class PatienceConverter : JsonConverter<PreemptAfter>
{
    public override PreemptAfter Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        throw new NotSupportedException();

    public override void Write(Utf8JsonWriter writer, PreemptAfter value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.IsAuto ? "auto" : Durations.Format(value.Delay));
}
