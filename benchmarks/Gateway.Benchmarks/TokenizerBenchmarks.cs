using System.Buffers;
using System.Text;
using BenchmarkDotNet.Attributes;
using Gateway.Requests;
using Gateway.Tokenization;

namespace Gateway.Benchmarks;

/// <summary>What a count costs a request: a text, and a whole body. Against the reference: <c>make tokens</c>.</summary>
[MemoryDiagnoser]
public class TokenizerBenchmarks
{
    private const string Sentence = "The quick brown fox doesn't jump over 1,234 lazy dogs; it waits for a free slot, then runs.\n";

    private readonly byte[] _text = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(Sentence, 40)));
    private ReadOnlySequence<byte> _body;

    [GlobalSetup]
    public void Setup() => _body = new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(
        $$"""{"model":"gpt-4o","messages":[{"role":"system","content":"You are helpful."},{"role":"user","content":"{{string.Concat(Enumerable.Repeat(Sentence.Trim(), 10))}}"}]}"""));

    [Benchmark(Description = "3.7 KB of English, o200k_base")]
    public long O200k() => Tokenizer.O200k.Count(_text);

    [Benchmark(Description = "3.7 KB of English, cl100k_base")]
    public long Cl100k() => Tokenizer.Cl100k.Count(_text);

    [Benchmark(Description = "a chat request of 1 KB, whole body")]
    public long Chat() => PromptTokens.Of(ApiOperation.Chat, "gpt-4o", _body);
}
