namespace Gateway.Tests.Fuzzing.Targets;

/// <summary>An event stream read plainly, by the published rules: the events as their lines, whatever these end with.</summary>
internal static class SseText
{
    public static readonly string[] Streams =
    [
        "data: {\"id\":\"1\",\"model\":\"dep\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}],\"usage\":null}\n\ndata: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"hi \\ud83d\\ude42\"}}]}\n\ndata: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: {\"choices\":[],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":3,\"prompt_tokens_details\":{\"cached_tokens\":0}}}\n\ndata: [DONE]\n\n",
        ": keep-alive\r\n\r\nevent: response.created\r\ndata: {\"type\":\"response.created\",\"response\":{\"model\":\"dep\",\"usage\":null}}\r\n\r\nevent: response.output_text.delta\r\ndata: {\"type\":\"response.output_text.delta\",\"delta\":\"a\\nb\"}\r\n\r\nevent: response.completed\r\ndata: {\"type\":\"response.completed\",\"response\":{\"model\":\"dep\",\"usage\":{\"input_tokens\":2,\"output_tokens\":5}}}\r\n\r\n",
        "\uFEFFdata:{\"choices\":[],\"prompt_filter_results\":[{\"x\":1}],\"usage\":{}}\r\rid: 5\rretry: 10\rdata: {\rdata: \"choices\":[],\rdata: \"usage\":{\"prompt_tokens\":1}}\r\rdata: [DONE]\r\r",
        "data: {\"error\":{\"message\":\"overloaded\"}}\n\n", "data: plain text\n\ndata: {\"choices\":[{\"text\":\"[DONE]\"}]}\n\ndata: [DONE]", ":\n\n:\n\n\n\ndata\n\n",
        "data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":{\"name\":\"f\",\"arguments\":\"{\\\"a\\\":\"}}],\"reasoning\":\"r\",\"reasoning_content\":\"r\"}}],\"model\":\"dep\"}\n\n",
    ];

    public static readonly string[] Words =
    [
        "\n\n", "\r\n\r\n", "\r\r", "\n", "\r", "\r\n", "data: ", "data:", "event: error", ":", "\uFEFF", "[DONE]", "{", "}", "[", "]", ",", "\"", "\\", "\\\"", "\\ud800", "\\u0065", "null",
        "\"choices\":[]", "\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":3}", "\"usage\"", "\"model\":\"dep\"", "\"finish_reason\":\"stop\"", "\"error\":{}", "\"type\":\"response.completed\"",
        "\"delta\":", "\"content\":\"x\"", "\"\\ud800aaa\":1,", "{\"\\ud83du\":1}", "\"data\":[{\"embedding\":[1,2]}]",
    ];

    /// <summary>Each event's lines; what follows the last blank line is one, too, if there is anything.</summary>
    public static IReadOnlyList<string> EventsOf(string stream)
    {
        var events = new List<string>();
        string current = "";
        foreach (string line in stream.ReplaceLineEndings("\n").Split('\n'))
        {
            if (line.Length > 0)
            {
                current += line + "\n";
            }
            else if (current.Length > 0)
            {
                events.Add(current);
                current = "";
            }
        }

        return current.Length > 0 ? [.. events, current] : events;
    }
}
