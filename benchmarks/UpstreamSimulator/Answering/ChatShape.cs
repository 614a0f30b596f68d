using System.Text;
using System.Text.Json;
using UpstreamSimulator.Requests;

namespace UpstreamSimulator.Answering;

/// <summary>A stream of chat completion chunks. What is the same in every chunk is built once.</summary>
internal sealed class ChatShape : StreamShape
{
    private readonly Exchange _exchange;
    private readonly string _open;
    private readonly string _close;
    private readonly byte[] _beforeToken;
    private readonly byte[] _afterToken;
    private readonly byte[] _head;

    public ChatShape(Exchange exchange)
    {
        _exchange = exchange;
        string fingerprint = JsonEncodedText.Encode(exchange.Fingerprint).ToString();
        _open = $$"""data: {"id":"chatcmpl-{{exchange.Id}}","object":"chat.completion.chunk","created":{{exchange.Created}}"""
            + $$""","model":"{{exchange.ModelJson}}","service_tier":"default","system_fingerprint":"{{fingerprint}}","choices":[""";
        _close = (exchange.Fields.IncludeUsage ? "],\"usage\":null}" : "]}") + "\n\n";
        bool tool = exchange.Fields.AnswersWithTool;
        string delta = tool ? "{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"" : "{\"content\":\"";
        _beforeToken = Encoding.UTF8.GetBytes(_open + """{"index":0,"delta":""" + delta);
        _afterToken = Encoding.UTF8.GetBytes((tool ? "\"}}]}" : "\"}") + ""","logprobs":null,"finish_reason":null}""" + _close);
        _head = Encoding.UTF8.GetBytes(Head(tool));
    }

    public override void WriteHead(SseWriter sse) => sse.Write(_head);

    public override void WriteToken(SseWriter sse, int index) => sse.Write(_beforeToken, Vocabulary.Token(index), _afterToken);

    public override void WriteFinish(SseWriter sse)
    {
        if (_exchange.Fields.AnswersWithTool) sse.Write(_beforeToken, "\\\"}"u8, _afterToken);
        StringBuilder tail = new(_open);
        tail.Append(Choice("{}", $"\"{_exchange.FinishReason}\"")).Append(_close);
        if (_exchange.Fields.IncludeUsage)
        {
            // The usage chunk has no choices; its usage replaces the null of the others.
            tail.Append(_open).Append("],\"usage\":").Append(ChatUsage.Json(_exchange)).Append("}\n\n");
        }

        sse.Write(Encoding.UTF8.GetBytes(tail.ToString()));
    }

    public override void WriteDone(SseWriter sse) => sse.Write("data: [DONE]\n\n"u8);

    private string Head(bool tool)
    {
        const string Filtered = """{"hate":{"filtered":false,"severity":"safe"},"violence":{"filtered":false,"severity":"safe"}}""";
        string azure = _exchange.Route.Face != Face.Azure
            ? ""
            : "data: {\"choices\":[],\"created\":0,\"id\":\"\",\"model\":\"\",\"object\":\"\",\"prompt_filter_results\":[{\"prompt_index\":0,"
                + "\"content_filter_results\":" + Filtered + "}]}\n\n";
        if (!tool) return azure + _open + Choice("""{"role":"assistant","content":"","refusal":null}""", "null") + _close;

        string name = JsonEncodedText.Encode(_exchange.Fields.Tool).ToString();
        string call = $$$"""{"role":"assistant","content":null,"tool_calls":[{"index":0,"id":"call_{{{_exchange.Id}}}","type":"function","function":"""
            + $$$"""{"name":"{{{name}}}","arguments":""}}]}""";
        string arguments = """{"tool_calls":[{"index":0,"function":{"arguments":"{\"value\":\""}}]}""";
        return azure + _open + Choice(call, "null") + _close + _open + Choice(arguments, "null") + _close;
    }

    private static string Choice(string delta, string finish) => $$"""{"index":0,"delta":{{delta}},"logprobs":null,"finish_reason":{{finish}}}""";
}
