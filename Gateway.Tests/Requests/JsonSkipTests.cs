using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Gateway.Requests;
using Xunit;

namespace Gateway.Tests.Requests;

/// <summary>What is passed over is what the framework's reader would have passed over; nothing that it refuses gets by.</summary>
[Trait("row", "H6")]
public class JsonSkipTests
{
    private const int Depth = 256;

    public static TheoryData<string> Good =>
    [
        "[]", "{}", "[ ]", "{ \n}", "[1]", "[-0]", "[0.5e-3,1E+9,10,-1.25]", "[true,false,null]", "[\"\"]", "[\"a\\n\\\"\\\\\\/\\b\\f\\r\\t\\u00e9\\uD83D\"]",
        "{\"a\":1,\"b\":[{\"c\":\"]}\"},[]]}", "[\"é日本🙂\"]", "[[[[]]]]", "{\"a\" : { } , \"b\" : \"x\" }", "[\"\\u12aF\"]",
    ];

    public static TheoryData<string> Bad =>
    [
        "[", "{", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{,}", "{1:2}", "{\"a\" 1}", "[}", "{]", "[\"a]", "[\"\\q\"]", "[\"\\u12g4\"]",
        "[\"\\u12\"]", "[\"a\nb\"]", "[\"\0\"]", "[01]", "[-]", "[1.]", "[.5]", "[1e]", "[1e+]", "[+1]", "[tru]", "[truex]", "[nul", "[NaN]", "['a']", "[//x\n1]", "[\u00a0]", "[1]]]"[..2],
        "[\"\\", "[\"\\u1", "{\"a\":1]", "[{\"a\":1]]", "[-a]", "[0x1]", "[1,,2]", "{\"a\"::1}", "{\"a\":1 \"b\":2}", "[\"a\" \"b\"]",
    ];

    [Theory]
    [MemberData(nameof(Good))]
    public void EndOf_Json_IsItsLastBracket(string json) => AssertAllCuts(json, expected: true);

    [Theory]
    [MemberData(nameof(Bad))]
    public void EndOf_NoJson_IsNone(string json) => AssertAllCuts(json, expected: false);

    [Theory]
    [InlineData(Depth, true)]
    [InlineData(Depth + 1, false)]
    public void EndOf_Nested_AsDeepAsIsAllowed(int depth, bool expected)
    {
        byte[] json = Encoding.UTF8.GetBytes(new string('[', depth) + new string(']', depth));

        Assert.Equal(expected ? json.Length - 2 : -1, JsonSkip.EndOf(new ReadOnlySequence<byte>(json, 1, json.Length - 1), isObject: false, Depth));
    }

    /// <summary>The scan of a whole body says the same with it and without it, and errors stand where they are.</summary>
    [Theory]
    [InlineData(31)]
    [InlineData(32)]
    public void Scan_DamagedConversations_SaysTheSameEitherWay(int seed)
    {
        var random = new Random(seed);
        byte[][] corpus = [.. Good.Select(static row => $$"""{"a":{{row.Data}},"model":"m","messages":[{"role":"user","content":{{row.Data}}}],"stream":true,"b":{{row.Data}}}""").Select(Encoding.UTF8.GetBytes)];
        int accepted = 0;
        for (int i = 0; i < 40_000; i++)
        {
            byte[] body = RequestScanFuzzTests.Damage(corpus[random.Next(corpus.Length)], random);
            if (!Utf8.IsValid(body))
            {
                continue;
            }

            ReadOnlySequence<byte> pieces = i % 2 == 0 ? new ReadOnlySequence<byte>(body) : ByteSequences.Cut(body, random.Next(body.Length + 1));
            RequestError? with = RequestScan.TryRead(pieces, skips: true, out RequestFacts facts, trace: null);
            RequestError? without = RequestScan.TryRead(pieces, skips: false, out RequestFacts others, trace: null);

            string input = Convert.ToHexString(body);
            Assert.True((with is null) == (without is null), input);
            Assert.True((facts.Model, facts.IsStream, facts.UsagePlace) == (others.Model, others.IsStream, others.UsagePlace) || with is not null, input);
            Assert.True(RequestScan.TryRead(pieces, out _)?.Detail == without?.Detail, input);
            accepted += with is null ? 1 : 0;
        }

        Assert.InRange(accepted, 1000, 30_000);
    }

    /// <summary>Whoever looks for each value from the body's beginning needs minutes for one of 32 MB; here, hundreds of times what the framework takes.</summary>
    [Fact]
    [Trait("row", "H5")]
    public void TryRead_MillionsOfShortValues_TakesNoLongerForEach()
    {
        const int Values = 200_000, PieceBytes = 64, Most = 50;
        byte[] body = Encoding.UTF8.GetBytes("{" + string.Join(",", Enumerable.Repeat("\"a\":[]", Values)) + "}");
        ReadOnlySequence<byte> pieces = ByteSequences.Split(body, PieceBytes);
        TimeSpan framework = Time(skips: false);

        Assert.True(Time(skips: true) < Most * framework);

        TimeSpan Time(bool skips)
        {
            long started = TimeProvider.System.GetTimestamp();
            Assert.Null(RequestScan.TryRead(pieces, skips, out _, trace: null));
            return TimeProvider.System.GetElapsedTime(started);
        }
    }

    /// <summary>One string may be the whole body: as a text it would be twice that, in no account.</summary>
    [Theory]
    [InlineData("{\"model\":\"*\"}", false)]
    [InlineData("{\"*\":1}", true)]
    [InlineData("{\"\\u0041*\":1}", true)]
    [InlineData("{\"A*\":1,\"model\":2}", false)]
    [InlineData("{\"tools\":[{\"type\":\"*\",\"name\":\"*\"}]}", true)]
    [Trait("row", "H5")]
    public void TryRead_AHugeString_IsNotMadeAText(string shape, bool isTaken)
    {
        const int Size = 8 << 20;
        byte[] body = Encoding.UTF8.GetBytes(shape.Replace("*", new string('x', Size), StringComparison.Ordinal));
        long before = GC.GetAllocatedBytesForCurrentThread();

        RequestError? error = RequestScan.TryRead(new ReadOnlySequence<byte>(body), out _);

        Assert.Equal(isTaken, error is null);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, Size / 8);
    }

    private static void AssertAllCuts(string json, bool expected)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(json);
        Assert.Equal(expected, IsJson(bytes));
        for (int cut = 0; cut <= bytes.Length; cut++)
        {
            // Behind it, what would follow in a body.
            byte[] body = expected ? [.. bytes, (byte)',', (byte)']'] : bytes;
            Assert.Equal(expected ? bytes.Length - 2 : -1, JsonSkip.EndOf(ByteSequences.Cut(body, cut).Slice(1), bytes[0] == '{', Depth));
        }
    }

    private static bool IsJson(byte[] bytes)
    {
        try
        {
            var reader = new Utf8JsonReader(bytes);
            while (reader.Read())
            {
            }

            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
