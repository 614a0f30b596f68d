using System.Runtime.InteropServices;
using System.Text.Json;
using UpstreamSimulator.Answering;
using UpstreamSimulator.Requests;

namespace UpstreamSimulator.Operations;

/// <summary><c>POST embeddings</c>: the same input gives the same unit vector, in either encoding.</summary>
internal static class EmbeddingsOperation
{
    private const int DefaultDimensions = 1536;
    private const int MaxDimensions = 8192;

    public static Task AnswerAsync(Exchange exchange)
    {
        RequestFields fields = exchange.Fields;
        if (fields.Inputs.Count == 0) return ErrorAnswer.SendAsync(exchange, 400, "'input' is a required property", param: "input");
        if (fields.Dimensions is < 1 or > MaxDimensions) return ErrorAnswer.SendAsync(exchange, 400, "bad dimensions", param: "dimensions");
        bool base64 = fields.EncodingFormat == "base64";
        if (!base64 && fields.EncodingFormat is not ("" or "float"))
            return ErrorAnswer.SendAsync(exchange, 400, "bad encoding_format", param: "encoding_format");
        // Venice has floats only.
        if (base64 && exchange.Route.Face == Face.Venice) return ErrorAnswer.SendAsync(exchange, 400, "encoding_format must be float");

        return PlainAnswer.GenerateAsync(exchange, 0, PlainAnswer.Json, PlainAnswer.Build(json => Write(json, exchange, base64)));
    }

    private static void Write(Utf8JsonWriter json, Exchange exchange, bool base64)
    {
        float[] vector = new float[exchange.Fields.Dimensions ?? DefaultDimensions];
        json.WriteString("object"u8, "list"u8);
        json.WriteStartArray("data"u8);
        for (int i = 0; i < exchange.Fields.Inputs.Count; i++)
        {
            Fill(vector, exchange.Fields.Inputs[i]);
            json.WriteStartObject();
            json.WriteString("object"u8, "embedding"u8);
            json.WriteNumber("index"u8, i);
            if (base64) json.WriteBase64String("embedding"u8, MemoryMarshal.AsBytes<float>(vector));
            else
            {
                json.WriteStartArray("embedding"u8);
                foreach (float value in vector) json.WriteNumberValue(value);
                json.WriteEndArray();
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteString("model"u8, exchange.Model);
        json.WriteString("system_fingerprint"u8, exchange.Fingerprint);
        json.WriteStartObject("usage"u8);
        json.WriteNumber("prompt_tokens"u8, exchange.Fields.PromptTokens);
        json.WriteNumber("total_tokens"u8, exchange.Fields.PromptTokens);
        json.WriteEndObject();
    }

    // xorshift64*: good enough to be different everywhere, and the same on every machine.
    private static void Fill(Span<float> vector, ulong seed)
    {
        double square = 0;
        ulong state = seed | 1;
        foreach (ref float value in vector)
        {
            state ^= state >> 12;
            state ^= state << 25;
            state ^= state >> 27;
            value = (float)((state * 0x2545F4914F6CDD1D >> 40) / (double)(1 << 24) - 0.5);
            square += value * value;
        }

        float scale = (float)(1 / Math.Sqrt(square));
        foreach (ref float value in vector) value *= scale;
    }
}
