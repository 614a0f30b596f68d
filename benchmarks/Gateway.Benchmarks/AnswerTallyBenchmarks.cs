using System.Text;
using BenchmarkDotNet.Attributes;
using Gateway.Forwarding;
using Gateway.Tokenization;

namespace Gateway.Benchmarks;

/// <summary>What it costs per chunk of a stream to keep its text, and to look whether it is the one that is taken out.</summary>
[MemoryDiagnoser]
public class AnswerTallyBenchmarks
{
    private const int ChunksPerStream = 500;

    private readonly TokenEstimator _tokens = new();
    private byte[] _chunk = [];

    public enum Kind
    {
        /// <summary>As OpenAI writes a chunk when the usage is asked for.</summary>
        Chat,

        /// <summary>As Azure writes it, with its filters' results.</summary>
        Azure,

        /// <summary>A delta of the responses API.</summary>
        Response,
    }

    [Params(Kind.Chat, Kind.Azure, Kind.Response)]
    public Kind Chunk { get; set; }

    [GlobalSetup]
    public void MakeChunk()
    {
        const string Filter = """{"hate":{"filtered":false,"severity":"safe"},"self_harm":{"filtered":false,"severity":"safe"},"sexual":{"filtered":false,"severity":"safe"},"violence":{"filtered":false,"severity":"safe"}}""";
        _chunk = Encoding.UTF8.GetBytes("data: " + Chunk switch
        {
            Kind.Chat => """{"id":"chatcmpl-AbCdEfGhIjKlMnOpQrStUvWxYz012","object":"chat.completion.chunk","created":1763700000,"model":"gpt-4o-2024-08-06","system_fingerprint":"fp_0123456789","choices":[{"index":0,"delta":{"content":" word"},"logprobs":null,"finish_reason":null}],"usage":null}""",
            Kind.Azure => $$"""{"choices":[{"content_filter_results":{{Filter}},"delta":{"content":" word"},"finish_reason":null,"index":0,"logprobs":null}],"created":1763700000,"id":"chatcmpl-AbCdEfGhIjKlMnOpQrStUvWxYz012","model":"gpt-4o-2024-08-06","object":"chat.completion.chunk","system_fingerprint":"fp_0123456789"}""",
            _ => """{"type":"response.output_text.delta","item_id":"msg_0123456789abcdef","output_index":0,"content_index":0,"logprobs":[],"delta":" word","sequence_number":42}""",
        } + "\n\n");
        Tally(isNeeded: true);
    }

    /// <summary>What every stream pays.</summary>
    [Benchmark(OperationsPerInvoke = ChunksPerStream)]
    public long Keep() => Tally(isNeeded: false);

    /// <summary>And those whose upstream tells no usage.</summary>
    [Benchmark(OperationsPerInvoke = ChunksPerStream)]
    public long KeepAndCount() => Tally(isNeeded: true);

    /// <summary>What streams pay whose usage the gateway has asked for.</summary>
    [Benchmark]
    public int Strip() => UsageEvent.Remove(_chunk, startsInside: false);

    private long Tally(bool isNeeded)
    {
        var text = new AnswerText(_tokens, "gpt-4o");
        for (int i = 0; i < ChunksPerStream; i++)
        {
            AnswerTexts.ReadEvents(_chunk, text);
        }

        return text.Count(isNeeded);
    }
}
