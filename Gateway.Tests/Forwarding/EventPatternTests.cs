using System.Text;
using Gateway.Forwarding;
using Gateway.Recording;
using Gateway.Tests.Recording;
using Gateway.Tokenization;
using Xunit;

namespace Gateway.Tests.Forwarding;

/// <summary>An event that was recognised by another has nothing to tell that reading it would have found.</summary>
[Trait("req", "M2")]
[Trait("req", "C7")]
public class EventPatternTests
{
    private const int Streams = 3000;
    private const int EventsPerStream = 40;

    private static readonly TokenEstimator Tokens = new();

    private static readonly string[] Words =
    [
        "the", " sea", " is", "\\n", "\\\"", " \\u00e9", "é", "🙂", "", "usage", "[DONE]", "error", "finish_reason", "data: [DONE]", "}", "]}\\n\\n", ":", "null",
        "response.completed", "international", "isation", "'s", " 123", "<tag>", "/",
    ];

    private static readonly string[] Shapes =
    [
        """data: {"id":"c1","choices":[{"index":0,"delta":{"content":"TEXT"},"logprobs":null,"finish_reason":null}]}""",
        """data: {"id":"c1","choices":[{"index":1,"delta":{"content":"TEXT"},"finish_reason":null}],"usage":null}""",
        """data: {"id":"c1","choices":[{"index":0,"delta":{"content":"TEXT"}}],"obfuscation":"PAD"}""",
        """data: {"id":"c1","choices":[{"index":0,"delta":{"content":"","reasoning":"TEXT","reasoning_content":"TEXT"}}]}""",
        """data: {"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"name":"find","arguments":"TEXT"}}]}}]}""",
        """data: {"choices":[{"text":"TEXT","index":0,"finish_reason":null}]}""",
        """data: {"choices":[{"index":0,"delta":{"content":"TEXT"},"finish_reason":"stop"}]}""",
        """data: {"choices":[{"index":0,"delta":{"content":"TEXT"}}],"usage":{"prompt_tokens":3,"completion_tokens":5}}""",
        """data: {"choices":[{"index":0,"delta":{"content":"TEXT"}}]}""" + "\r\n" + """data: {"choices":[{"delta":{"content":"two"}}]}""",
        "event: response.output_text.delta\n" + """data: {"type":"response.output_text.delta","delta":"TEXT"}""",
        ": a comment", "data: [DONE]", "data: TEXT", """data: {"error":{"message":"TEXT"}}""",
    ];

    [Fact]
    public void Matches_AnyStream_TellsWhatReadingWould()
    {
        var random = new Random(20261122);
        int matched = 0;
        for (int stream = 0; stream < Streams; stream++)
        {
            var pattern = default(EventPattern);
            (AnswerText read, AnswerText known) = (New(), New());
            string[] shapes = [.. Enumerable.Range(0, 1 + random.Next(3)).Select(_ => Shapes[random.Next(Shapes.Length)])];
            for (int i = 0; i < EventsPerStream; i++)
            {
                byte[] one = Event(random, shapes[random.Next(shapes.Length)]);
                AnswerTexts.ReadEvents(one, read);
                if (pattern.Matches(one, out int length, out EventText text))
                {
                    matched++;
                    AssertPlain(one, length);
                    known.Add(one.AsSpan(text.Start..text.End), text.Channel);
                    continue;
                }

                text = AnswerTexts.ReadEvents(one, known);
                if (text.IsThere && !SseEvents.HoldsEnd(one) && SseEvents.IsOne(one) && !UsageEvent.MayHold(one))
                {
                    pattern.Learn(one, text);
                }
            }

            Assert.Equal(read.Count(isNeeded: true), known.Count(isNeeded: true));
        }

        Assert.InRange(matched, Streams * EventsPerStream / 8, Streams * EventsPerStream);
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("one", true)]
    [InlineData("with \\n an escape", false)]
    [InlineData("with \" a quote", false)]
    [InlineData("with a\ttab", false)]
    public void Matches_AnotherTextInTheSamePlace_WhenItIsPlain(string said, bool expected)
    {
        EventPattern pattern = Learned("hello");

        Assert.Equal(expected, pattern.Matches(Chunk(said), out int length, out EventText text));
        Assert.Equal(expected ? Chunk(said).Length : 0, length);
        Assert.Equal(expected ? said : "", Encoding.UTF8.GetString(Chunk(said).AsSpan(text.Start..text.End)));
    }

    [Fact]
    public void Matches_MoreEventsThanOne_TakesTheFirst()
    {
        EventPattern pattern = Learned("hello");

        Assert.True(pattern.Matches([.. Chunk("a"), .. Chunk("b")], out int length, out _));

        Assert.Equal(Chunk("a").Length, length);
    }

    [Fact]
    public void Matches_EveryCutOrOtherByteOutsideTextAndPadding_IsNone()
    {
        EventPattern pattern = Learned("hello");
        byte[] chunk = Chunk("hello");
        Assert.True(pattern.Matches(chunk, out _, out EventText text));
        int padding = chunk.AsSpan().IndexOf("abc"u8);
        for (int at = 0; at < chunk.Length; at++)
        {
            Assert.False(pattern.Matches(chunk.AsSpan(..at), out _, out _));
            byte[] other = [.. chunk];
            other[at] ^= 1;
            bool mayDiffer = (at >= text.Start && at < text.End) || (at >= padding && at < padding + 3);
            Assert.Equal(mayDiffer, pattern.Matches(other, out _, out _));
        }
    }

    /// <summary>What passes unread: neither an end, nor a usage, and content if it says anything.</summary>
    private static void AssertPlain(byte[] one, int length)
    {
        string input = Encoding.UTF8.GetString(one);
        Assert.True(length == one.Length, input);
        Assert.False(SseEvents.HoldsEnd(one), input);
        Assert.Equal(one.Length, UsageEvent.Remove([.. one], startsInside: false));
        AccessRecord record = Records.New();
        UsageReader.ReadEvents(one, record);
        Assert.True(record is { InputTokens: null, OutputTokens: null }, input);
    }

    private static byte[] Event(Random random, string shape)
    {
        string text = string.Concat(Enumerable.Range(0, random.Next(4)).Select(_ => Words[random.Next(Words.Length)]));
        string padding = new('x', random.Next(9));
        byte[] one = Encoding.UTF8.GetBytes(shape.Replace("TEXT", text, StringComparison.Ordinal).Replace("PAD", padding, StringComparison.Ordinal) + "\n\n");
        if (random.Next(30) == 0)
        {
            one[random.Next(one.Length - 2)] = (byte)random.Next(' ', 256);
        }

        return one;
    }

    private static byte[] Chunk(string said) =>
        Encoding.UTF8.GetBytes($$"""data: {"choices":[{"index":0,"delta":{"content":"{{said}}"},"finish_reason":null}],"obfuscation":"abc"}""" + "\n\n");

    private static EventPattern Learned(string said)
    {
        var pattern = default(EventPattern);
        EventText text = AnswerTexts.ReadEvents(Chunk(said), New());
        Assert.True(text.IsThere);
        pattern.Learn(Chunk(said), text);
        return pattern;
    }

    private static AnswerText New() => new(Tokens, "gpt-4o");
}
