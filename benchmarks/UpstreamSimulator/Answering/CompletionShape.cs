using System.Text;
using System.Text.Json;

namespace UpstreamSimulator.Answering;

/// <summary>A stream of legacy text completions.</summary>
internal sealed class CompletionShape : StreamShape
{
    private readonly Exchange _exchange;
    private readonly string _open;
    private readonly string _close;
    private readonly byte[] _beforeToken;
    private readonly byte[] _afterToken;

    public CompletionShape(Exchange exchange)
    {
        _exchange = exchange;
        string fingerprint = JsonEncodedText.Encode(exchange.Fingerprint).ToString();
        _open = $$"""data: {"id":"cmpl-{{exchange.Id}}","object":"text_completion","created":{{exchange.Created}}"""
            + $$""","model":"{{exchange.ModelJson}}","system_fingerprint":"{{fingerprint}}","choices":[""";
        _close = (exchange.Fields.IncludeUsage ? "],\"usage\":null}" : "]}") + "\n\n";
        _beforeToken = Encoding.UTF8.GetBytes(_open + "{\"text\":\"");
        _afterToken = Encoding.UTF8.GetBytes("\",\"index\":0,\"logprobs\":null,\"finish_reason\":null}" + _close);
    }

    public override void WriteHead(SseWriter sse)
    {
        // Completions have no role, so no chunk comes before the first token.
    }

    public override void WriteToken(SseWriter sse, int index) => sse.Write(_beforeToken, Vocabulary.Token(index), _afterToken);

    public override void WriteFinish(SseWriter sse)
    {
        string tail = _open + $$"""{"text":"","index":0,"logprobs":null,"finish_reason":"{{_exchange.FinishReason}}"}""" + _close;
        if (_exchange.Fields.IncludeUsage) tail += _open + "],\"usage\":" + ChatUsage.Json(_exchange) + "}\n\n";
        sse.Write(Encoding.UTF8.GetBytes(tail));
    }

    public override void WriteDone(SseWriter sse) => sse.Write("data: [DONE]\n\n"u8);
}
