using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Gateway.Configuration;

/// <summary>Writes how many pairs there are; both halves of a pair are secrets.</summary>
internal sealed class SecretMapConverter : JsonConverter<IReadOnlyDictionary<string, string>>
{
    public override IReadOnlyDictionary<string, string> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        throw new NotSupportedException();

    public override void Write(Utf8JsonWriter writer, IReadOnlyDictionary<string, string> value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        for (int i = 1; i <= value.Count; i++)
        {
            writer.WriteString(string.Create(CultureInfo.InvariantCulture, $"*** {i}"), SecretConverter.Mask);
        }

        writer.WriteEndObject();
    }
}
