using System.Text.Json;
using UpstreamSimulator.Answering;

namespace UpstreamSimulator.Operations;

/// <summary><c>POST completions</c>.</summary>
internal static class CompletionOperation
{
    public static Task AnswerAsync(Exchange exchange)
    {
        if (exchange.Fields.Stream) return TokenStream.RunAsync(exchange, new CompletionShape(exchange));
        return PlainAnswer.GenerateAsync(exchange, exchange.Tokens, PlainAnswer.Json, PlainAnswer.Build(json => Write(json, exchange)));
    }

    private static void Write(Utf8JsonWriter json, Exchange exchange)
    {
        json.WriteString("id"u8, "cmpl-" + exchange.Id);
        json.WriteString("object"u8, "text_completion"u8);
        json.WriteNumber("created"u8, exchange.Created);
        json.WriteString("model"u8, exchange.Model);
        json.WriteString("system_fingerprint"u8, exchange.Fingerprint);
        json.WriteStartArray("choices"u8);
        json.WriteStartObject();
        json.WriteString("text"u8, Vocabulary.Of(exchange.Tokens));
        json.WriteNumber("index"u8, 0);
        json.WriteNull("logprobs"u8);
        json.WriteString("finish_reason"u8, exchange.FinishReason);
        json.WriteEndObject();
        json.WriteEndArray();
        ChatUsage.Write(json, exchange);
    }
}
