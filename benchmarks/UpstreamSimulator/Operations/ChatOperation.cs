using System.Text;
using System.Text.Json;
using UpstreamSimulator.Answering;
using UpstreamSimulator.Requests;

namespace UpstreamSimulator.Operations;

/// <summary><c>POST chat/completions</c>.</summary>
internal static class ChatOperation
{
    public static Task AnswerAsync(Exchange exchange)
    {
        if (exchange.Fields.Stream) return TokenStream.RunAsync(exchange, new ChatShape(exchange));
        return PlainAnswer.GenerateAsync(exchange, exchange.Tokens, PlainAnswer.Json, PlainAnswer.Build(json => Write(json, exchange)));
    }

    private static void Write(Utf8JsonWriter json, Exchange exchange)
    {
        json.WriteString("id"u8, "chatcmpl-" + exchange.Id);
        json.WriteString("object"u8, "chat.completion"u8);
        json.WriteNumber("created"u8, exchange.Created);
        json.WriteString("model"u8, exchange.Model);
        json.WriteStartArray("choices"u8);
        for (int i = 0; i < exchange.Fields.Count; i++) WriteChoice(json, exchange, i);
        json.WriteEndArray();
        ChatUsage.Write(json, exchange);
        json.WriteString("service_tier"u8, "default"u8);
        json.WriteString("system_fingerprint"u8, exchange.Fingerprint);
        if (exchange.Route.Face != Face.Azure) return;
        json.WriteStartArray("prompt_filter_results"u8);
        json.WriteEndArray();
    }

    private static void WriteChoice(Utf8JsonWriter json, Exchange exchange, int index)
    {
        json.WriteStartObject();
        json.WriteNumber("index"u8, index);
        json.WriteStartObject("message"u8);
        json.WriteString("role"u8, "assistant"u8);
        if (exchange.Fields.AnswersWithTool) WriteTool(json, exchange);
        else json.WriteString("content"u8, Vocabulary.Of(exchange.Tokens));
        json.WriteNull("refusal"u8);
        json.WriteEndObject();
        json.WriteNull("logprobs"u8);
        json.WriteString("finish_reason"u8, exchange.FinishReason);
        json.WriteEndObject();
    }

    private static void WriteTool(Utf8JsonWriter json, Exchange exchange)
    {
        json.WriteNull("content"u8);
        json.WriteStartArray("tool_calls"u8);
        json.WriteStartObject();
        json.WriteString("id"u8, "call_" + exchange.Id);
        json.WriteString("type"u8, "function"u8);
        json.WriteStartObject("function"u8);
        json.WriteString("name"u8, exchange.Fields.Tool);
        json.WriteString("arguments"u8, $$"""{"value":"{{Encoding.UTF8.GetString(Vocabulary.Of(exchange.Tokens))}}"}""");
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndArray();
    }
}
