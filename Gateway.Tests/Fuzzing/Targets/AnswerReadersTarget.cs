using System.Text;
using Gateway.Caching;
using Gateway.Forwarding;
using Gateway.Recording;
using Gateway.Tests.Recording;
using Gateway.Tokenization;
using Gateway.Upstreams;
using Xunit;

namespace Gateway.Tests.Fuzzing.Targets;

/// <summary>All that looks into an upstream's answer in passing: never an exception, counts in range, whole events where they say so.</summary>
internal sealed class AnswerReadersTarget : FuzzTarget
{
    private static readonly AnswerKind[] Kinds = Enum.GetValues<AnswerKind>();
    private static readonly string[] Types = ["application/json", "text/event-stream; charset=utf-8", "application/problem+json", "text/html"];

    private readonly TokenEstimator _tokens = new();

    public override string Name => "answer-readers";

    public override int ShortInputs => 6000;

    public override IReadOnlyList<byte[]> Seeds { get; } = Texts(
    [
        .. SseText.Streams,
        """{"id":"x","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"hi","tool_calls":[{"function":{"name":"f","arguments":"{}"}}]},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":12,"total_tokens":21}}""",
        """{"output":[{"type":"message","content":[{"type":"output_text","text":"a","annotations":[{"text":"b"}]}]}],"status":"completed","usage":{"input_tokens":1,"output_tokens":2}}""",
        """{"error":{"message":"Rate limit","type":"insufficient_quota","code":"x","param":null}}""", """{"error":"text"}""", "<html>\"usage\": {\"prompt_tokens\": 1</html>",
        """{"object":"list","data":[{"embedding":[1,2],"index":0}],"model":"m","usage":{"prompt_tokens":2147483648}}""",
    ]);

    public override IReadOnlyList<string> Words { get; } = [.. SseText.Words, "\"status\":\"in_progress\"", "\"index\":", "\"output\":[", "\"text\":", "\"arguments\":", "\"annotations\":["];

    public override IReadOnlyList<string> Reaches => ["silent", "usage", "texts", "kept"];

    public override ValueTask<string> TryAsync(byte[] input)
    {
        AccessRecord record = Records.New();
        UsageReader.Read(input, record);
        Assert.InRange(record.InputTokens ?? 0, 0, int.MaxValue);
        Assert.InRange(record.OutputTokens ?? 0, 0, int.MaxValue);

        var answer = new AnswerText(_tokens, "gpt-4o");
        AnswerTexts.ReadEvents(input, answer);
        AnswerTexts.ReadAnswer(input, answer);
        long texts = answer.Count(true);
        Assert.InRange(texts, 0, 8 * (input.Length + 1));
        _ = ErrorFacts.Read(input);
        bool isKept = false;
        foreach (AnswerKind kind in Kinds)
        {
            isKept |= AnswerCheck.IsWhole(kind, isError: false, Types[input.Length % Types.Length], input) && kind == AnswerKind.Choices;
            _ = AnswerCheck.IsWhole(kind, isError: true, Types[input.Length % Types.Length], input);
        }

        AssertEvents(input);
        return new(isKept ? "kept" : record.InputTokens is not null || record.OutputTokens is not null ? "usage" : texts > 0 ? "texts" : "silent");
    }

    private static void AssertEvents(byte[] input)
    {
        int whole = SseEvents.WholeLength(input);
        Assert.InRange(whole, 0, input.Length);
        int sum = 0;
        for (int length; (length = SseEvents.FirstLength(input.AsSpan(sum))) > 0; sum += length)
        {
            _ = SseEvents.IsContent(input.AsSpan(sum, length));
        }

        _ = SseEvents.IsContent(input.AsSpan(sum));
        _ = SseEvents.HoldsEnd(input);
        _ = SseEvents.IsWholeWithoutBlankLine(input);
        Assert.True(sum <= whole && !input.AsSpan(sum, whole - sum).ContainsAnyExcept((byte)'\n', (byte)'\r'), $"{whole} bytes of whole events, and {sum}");

        foreach (bool startsInside in (bool[])[false, true])
        {
            byte[] events = [.. input];
            int left = UsageEvent.Remove(events, startsInside);
            AssertOnlyRemoved(input, events.AsSpan(0, left));
        }
    }

    /// <summary>What is left are events of the input in their order.</summary>
    private static void AssertOnlyRemoved(byte[] input, ReadOnlySpan<byte> left)
    {
        IReadOnlyList<string> before = SseText.EventsOf(Encoding.Latin1.GetString(input));
        int at = 0;
        foreach (string one in SseText.EventsOf(Encoding.Latin1.GetString(left)))
        {
            while (at < before.Count && before[at] != one)
            {
                Assert.Contains("\"usage\"", before[at++], StringComparison.Ordinal);
            }

            Assert.True(at++ < before.Count, "an event that was not there");
        }
    }
}
