using System.Text;
using System.Text.Json;

namespace UpstreamSimulator.Answering;

/// <summary>The objects of the responses API.</summary>
internal static class ResponsesJson
{
    public static string ItemId(Exchange exchange) => (exchange.Fields.AnswersWithTool ? "fc_" : "msg_") + exchange.Id;

    /// <summary>The words; plain letters and spaces, which JSON takes as they are.</summary>
    public static string Text(Exchange exchange) => Encoding.ASCII.GetString(Vocabulary.Of(exchange.Tokens));

    public static string Arguments(Exchange exchange) => $$"""{"value":"{{Text(exchange)}}"}""";

    public static string Status(Exchange exchange) => exchange.FinishReason == "length" ? "incomplete" : "completed";

    public static string Part(string text) => $$"""{"type":"output_text","annotations":[],"logprobs":[],"text":"{{text}}"}""";

    public static string Item(Exchange exchange, bool complete)
    {
        string status = complete ? Status(exchange) : "in_progress";
        if (exchange.Fields.AnswersWithTool)
        {
            string name = JsonEncodedText.Encode(exchange.Fields.Tool).ToString();
            string arguments = complete ? JsonEncodedText.Encode(Arguments(exchange)).ToString() : "";
            return $$"""{"id":"{{ItemId(exchange)}}","type":"function_call","status":"{{status}}","call_id":"call_{{exchange.Id}}","name":"""
                + $"\"{name}\",\"arguments\":\"{arguments}\"}}";
        }

        string content = complete ? Part(Text(exchange)) : "";
        return $$"""{"id":"{{ItemId(exchange)}}","type":"message","status":"{{status}}","role":"assistant","content":[{{content}}]}""";
    }

    public static string Response(Exchange exchange, string status, bool complete)
    {
        (int input, int output) = (exchange.Fields.PromptTokens, exchange.Tokens);
        string usage = !complete
            ? "null"
            : $$"""{"input_tokens":{{input}},"input_tokens_details":{"cached_tokens":0},"output_tokens":{{output}},"output_tokens_details":"""
                + $$"""{"reasoning_tokens":0},"total_tokens":{{input + output}}}""";
        string incomplete = status == "incomplete" ? """{"reason":"max_output_tokens"}""" : "null";
        string items = complete ? Item(exchange, complete: true) : "";
        string user = JsonEncodedText.Encode(exchange.Nonce).ToString();
        return $$"""{"id":"resp_{{exchange.Id}}","object":"response","created_at":{{exchange.Created}},"status":"{{status}}","error":null,"""
            + $"\"incomplete_details\":{incomplete},\"instructions\":null,\"max_output_tokens\":{exchange.Fields.MaxTokens?.ToString() ?? "null"},"
            + $"\"model\":\"{exchange.ModelJson}\",\"output\":[{items}],\"parallel_tool_calls\":true,\"temperature\":1.0,\"tool_choice\":\"auto\","
            + $"\"tools\":[],\"top_p\":1.0,\"truncation\":\"disabled\",\"usage\":{usage},\"user\":\"{user}\",\"metadata\":{{}},"
            + $"\"system_fingerprint\":\"{JsonEncodedText.Encode(exchange.Fingerprint)}\"}}";
    }
}
