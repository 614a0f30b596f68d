using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Gateway.Requests;

namespace Gateway.Errors;

/// <summary>The OpenAI error object as bytes: all four keys, always.</summary>
internal static class ErrorBody
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static ReadOnlyMemory<byte> Write(ApiError error, RequestError cause)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            json.WriteStartObject();
            json.WriteStartObject("error"u8);
            json.WriteString("message"u8, cause.Detail is null ? error.Message : $"{error.Message} {cause.Detail}");
            json.WriteString("type"u8, error.Type);
            json.WriteString("param"u8, cause.Param);
            json.WriteString("code"u8, error.Code);
            json.WriteEndObject();
            if (error.Status == StatusCodes.Status429TooManyRequests)
            {
                json.WriteString("code"u8, "RATE_LIMIT_EXCEEDED"u8);
            }

            if (cause.AllowedFields is { } allowed)
            {
                json.WriteStartArray("allowed_fields"u8);
                foreach (string field in allowed)
                {
                    json.WriteStringValue(field);
                }

                json.WriteEndArray();
            }

            json.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }
}
