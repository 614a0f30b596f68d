using UpstreamSimulator.Answering;

namespace UpstreamSimulator.Operations;

/// <summary><c>POST moderations</c>: nothing is ever flagged.</summary>
internal static class ModerationOperation
{
    public static Task AnswerAsync(Exchange exchange) => PlainAnswer.GenerateAsync(exchange, 0, PlainAnswer.Json, PlainAnswer.Build(json =>
    {
        json.WriteString("id"u8, "modr-" + exchange.Id);
        json.WriteString("model"u8, exchange.Model.Length > 0 ? exchange.Model : "omni-moderation-latest");
        json.WriteStartArray("results"u8);
        for (int i = 0; i < Math.Max(1, exchange.Fields.Inputs.Count); i++)
        {
            json.WriteStartObject();
            json.WriteBoolean("flagged"u8, false);
            json.WriteStartObject("categories"u8);
            json.WriteBoolean("violence"u8, false);
            json.WriteEndObject();
            json.WriteStartObject("category_scores"u8);
            json.WriteNumber("violence"u8, 0.001);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }));
}
