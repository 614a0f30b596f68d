using UpstreamSimulator.Answering;

namespace UpstreamSimulator.Operations;

/// <summary><c>POST images/generations</c>: always the same one-pixel PNG.</summary>
internal static class ImageOperation
{
    private const string Pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==";

    public static Task AnswerAsync(Exchange exchange)
    {
        bool inline = exchange.Fields.ResponseFormat == "b64_json";
        ReadOnlyMemory<byte> body = PlainAnswer.Build(json =>
        {
            json.WriteNumber("created"u8, exchange.Created);
            json.WriteStartArray("data"u8);
            for (int i = 0; i < exchange.Fields.Count; i++)
            {
                json.WriteStartObject();
                if (inline) json.WriteString("b64_json"u8, Pixel);
                else json.WriteString("url"u8, $"https://images.invalid/{exchange.Id}-{i}.png");
                json.WriteEndObject();
            }

            json.WriteEndArray();
        });
        return PlainAnswer.GenerateAsync(exchange, exchange.Tokens, PlainAnswer.Json, body);
    }
}
