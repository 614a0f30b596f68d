using System.Text.Json;
using UpstreamSimulator.Answering;
using UpstreamSimulator.Requests;
using Route = UpstreamSimulator.Requests.Route;

namespace UpstreamSimulator.Operations;

/// <summary><c>GET models</c>, <c>GET models/{id}</c> and Ollama's <c>GET /api/tags</c>. Every other operation takes any model.</summary>
internal static class ModelOperations
{
    private static readonly string[] Models =
        ["gpt-4o", "gpt-4o-mini", "gpt-4", "gpt-3.5-turbo", "text-embedding-3-small", "text-embedding-3-large", "whisper-1", "tts-1", "dall-e-3"];

    public static Task AnswerAsync(Exchange exchange)
    {
        Route route = exchange.Route;
        return route.Operation switch
        {
            Operation.Model when Array.IndexOf(Models, route.Id) < 0 && !route.Id.StartsWith("sim:", StringComparison.Ordinal) =>
                ErrorAnswer.SendAsync(exchange, 404, $"The model '{route.Id}' does not exist", "model_not_found", "model"),
            Operation.Model => SendAsync(exchange, json => Write(json, route.Id)),
            Operation.OllamaTags => SendAsync(exchange, WriteTags),
            _ => SendAsync(exchange, WriteList),
        };
    }

    private static Task SendAsync(Exchange exchange, Action<Utf8JsonWriter> write) =>
        PlainAnswer.GenerateAsync(exchange, 0, PlainAnswer.Json, PlainAnswer.Build(write));

    private static void WriteList(Utf8JsonWriter json)
    {
        json.WriteString("object"u8, "list"u8);
        json.WriteStartArray("data"u8);
        foreach (string model in Models)
        {
            json.WriteStartObject();
            Write(json, model);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, string model)
    {
        json.WriteString("id"u8, model);
        json.WriteString("object"u8, "model"u8);
        json.WriteNumber("created"u8, 1_700_000_000);
        json.WriteString("owned_by"u8, "simulator"u8);
    }

    private static void WriteTags(Utf8JsonWriter json)
    {
        json.WriteStartArray("models"u8);
        foreach (string model in Models)
        {
            json.WriteStartObject();
            json.WriteString("name"u8, model);
            json.WriteString("model"u8, model);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
