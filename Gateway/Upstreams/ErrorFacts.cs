using System.Text.Json;

namespace Gateway.Upstreams;

/// <summary>What a refusal says about itself in its body, in whichever envelope: <c>{"error":{...}}</c>, <c>{"error":"text"}</c>, or bare.</summary>
internal readonly record struct ErrorFacts(string? Type, string? Code, string? Message)
{
    public static ErrorFacts Read(ReadOnlySpan<byte> body)
    {
        var facts = default(ErrorFacts);
        try
        {
            var reader = new Utf8JsonReader(body);
            if (reader.Read() && reader.TokenType == JsonTokenType.StartObject)
            {
                ReadObject(ref reader, ref facts);
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // A page of HTML, cut off, or a string with half of a surrogate pair: what was read so far is all there is.
        }

        return facts;
    }

    private static void ReadObject(ref Utf8JsonReader reader, ref ErrorFacts facts)
    {
        int depth = reader.CurrentDepth;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            bool isError = depth == 0 && reader.ValueTextEquals("error"u8);
            bool isType = reader.ValueTextEquals("type"u8);
            bool isCode = reader.ValueTextEquals("code"u8);
            bool isMessage = isError || reader.ValueTextEquals("message"u8);
            reader.Read();
            if (isError && reader.TokenType == JsonTokenType.StartObject)
            {
                ReadObject(ref reader, ref facts);
            }
            else if (reader.TokenType == JsonTokenType.String && (isType || isCode || isMessage))
            {
                string text = reader.GetString()!;
                facts = isType ? facts with { Type = text } : isCode ? facts with { Code = text } : facts with { Message = text };
            }
            else
            {
                reader.Skip();
            }
        }
    }
}
