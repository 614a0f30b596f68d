using System.Buffers;
using System.Text;
using BenchmarkDotNet.Attributes;
using Gateway.Upstreams;

namespace Gateway.Benchmarks;

/// <summary>What restoring the model costs per chunk of a stream, next to passing the chunk's bytes on.</summary>
[MemoryDiagnoser]
public class AnswerEditorBenchmarks
{
    private readonly ArrayBufferWriter<byte> _output = new(64 * 1024);
    private readonly AnswerEditor _editor = new(new AnswerEdits(AnswerEdits.JsonText("gpt-4o"), false), isEventStream: true);
    private byte[] _chunk = [];

    public enum Order
    {
        /// <summary>As OpenAI writes a chunk: the model before the choices.</summary>
        ModelFirst,

        /// <summary>As Azure writes it: by the alphabet, the model behind the choices and their filter results.</summary>
        ChoicesFirst,

        /// <summary>An event that names no model: a delta of the responses API.</summary>
        NoModel,
    }

    [Params(Order.ModelFirst, Order.ChoicesFirst, Order.NoModel)]
    public Order Chunk { get; set; }

    [GlobalSetup]
    public void MakeChunk()
    {
        const string Filter = """{"hate":{"filtered":false,"severity":"safe"},"self_harm":{"filtered":false,"severity":"safe"},"sexual":{"filtered":false,"severity":"safe"},"violence":{"filtered":false,"severity":"safe"}}""";
        _chunk = Encoding.UTF8.GetBytes("data: " + Chunk switch
        {
            Order.ModelFirst => """{"id":"chatcmpl-AbCdEfGhIjKlMnOpQrStUvWxYz012","object":"chat.completion.chunk","created":1763700000,"model":"gpt-4o-2024-08-06","system_fingerprint":"fp_0123456789","choices":[{"index":0,"delta":{"content":" word"},"logprobs":null,"finish_reason":null}],"usage":null}""",
            Order.ChoicesFirst => $$"""{"choices":[{"content_filter_results":{{Filter}},"delta":{"content":" word"},"finish_reason":null,"index":0,"logprobs":null}],"created":1763700000,"id":"chatcmpl-AbCdEfGhIjKlMnOpQrStUvWxYz012","model":"gpt-4o-2024-08-06","object":"chat.completion.chunk","system_fingerprint":"fp_0123456789"}""",
            _ => """{"type":"response.output_text.delta","item_id":"msg_0123456789abcdef","output_index":0,"content_index":0,"logprobs":[],"delta":" word","sequence_number":42}""",
        } + "\n\n");
    }

    [Benchmark(Baseline = true)]
    public int Pass()
    {
        _output.ResetWrittenCount();
        _output.Write(_chunk);
        return _output.WrittenCount;
    }

    [Benchmark]
    public int Edit()
    {
        _output.ResetWrittenCount();
        _editor.Edit(_chunk, _output);
        return _output.WrittenCount;
    }
}
