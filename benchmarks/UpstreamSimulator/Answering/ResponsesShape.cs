using System.Text;
using System.Text.Json;

namespace UpstreamSimulator.Answering;

/// <summary>The typed events of a responses stream; there is no <c>[DONE]</c>.</summary>
internal sealed class ResponsesShape : StreamShape
{
    private readonly Exchange _exchange;
    private readonly bool _tool;
    private readonly string _itemId;
    private readonly byte[] _beforeToken;
    private int _sequence;

    public ResponsesShape(Exchange exchange)
    {
        _exchange = exchange;
        _tool = exchange.Fields.AnswersWithTool;
        _itemId = ResponsesJson.ItemId(exchange);
        string type = _tool ? "response.function_call_arguments.delta" : "response.output_text.delta";
        string content = _tool ? "" : ",\"content_index\":0,\"logprobs\":[]";
        _beforeToken = Encoding.UTF8.GetBytes(
            $"event: {type}\ndata: {{\"type\":\"{type}\",\"item_id\":\"{_itemId}\",\"output_index\":0{content},\"delta\":\"");
    }

    public override void WriteHead(SseWriter sse)
    {
        Event(sse, "response.created", "\"response\":" + ResponsesJson.Response(_exchange, "in_progress", complete: false));
        Event(sse, "response.in_progress", "\"response\":" + ResponsesJson.Response(_exchange, "in_progress", complete: false));
        Event(sse, "response.output_item.added", "\"output_index\":0,\"item\":" + ResponsesJson.Item(_exchange, complete: false));
        if (!_tool) Event(sse, "response.content_part.added", Place + ",\"part\":" + ResponsesJson.Part(""));
        else Event(sse, "response.function_call_arguments.delta", $"\"item_id\":\"{_itemId}\",\"output_index\":0,\"delta\":\"{{\\\"value\\\":\\\"\"");
    }

    public override void WriteToken(SseWriter sse, int index) =>
        sse.Write(_beforeToken, Vocabulary.Token(index), Encoding.UTF8.GetBytes($"\",\"sequence_number\":{_sequence++}}}\n\n"));

    public override void WriteFinish(SseWriter sse)
    {
        if (_tool)
        {
            string arguments = JsonEncodedText.Encode(ResponsesJson.Arguments(_exchange)).ToString();
            Event(sse, "response.function_call_arguments.delta", $"\"item_id\":\"{_itemId}\",\"output_index\":0,\"delta\":\"\\\"}}\"");
            Event(sse, "response.function_call_arguments.done", $"\"item_id\":\"{_itemId}\",\"output_index\":0,\"arguments\":\"{arguments}\"");
        }
        else
        {
            string text = ResponsesJson.Text(_exchange);
            Event(sse, "response.output_text.done", Place + $",\"logprobs\":[],\"text\":\"{text}\"");
            Event(sse, "response.content_part.done", Place + ",\"part\":" + ResponsesJson.Part(text));
        }

        Event(sse, "response.output_item.done", "\"output_index\":0,\"item\":" + ResponsesJson.Item(_exchange, complete: true));
    }

    public override void WriteDone(SseWriter sse)
    {
        string status = ResponsesJson.Status(_exchange);
        Event(sse, "response." + status, "\"response\":" + ResponsesJson.Response(_exchange, status, complete: true));
    }

    private string Place => $"\"item_id\":\"{_itemId}\",\"output_index\":0,\"content_index\":0";

    private void Event(SseWriter sse, string type, string fields) =>
        sse.Write(Encoding.UTF8.GetBytes($"event: {type}\ndata: {{\"type\":\"{type}\",\"sequence_number\":{_sequence++},{fields}}}\n\n"));
}
