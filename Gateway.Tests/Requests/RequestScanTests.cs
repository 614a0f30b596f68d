using System.Buffers;
using System.Text;
using Gateway.Requests;
using Xunit;

namespace Gateway.Tests.Requests;

[Trait("row", "H6")]
public class RequestScanTests
{
    public static TheoryData<string> GoodBodies => [.. ScanCases.Good];

    public static TheoryData<int> BadBodies => [.. Enumerable.Range(0, ScanCases.Bad.Count)];

    [Theory]
    [MemberData(nameof(GoodBodies))]
    public void TryRead_GoodBody_HasNoError(string body) => Assert.Null(Scan(body, out _));

    [Theory]
    [MemberData(nameof(BadBodies))]
    public void TryRead_BadBody_NamesTheKey(int index)
    {
        (string body, string? param) = ScanCases.Bad[index];

        RequestError? error = Scan(body, out _);

        Assert.Equal((Outcome.BodyMalformed, param), (error?.Outcome, error?.Param));
        Assert.NotEmpty(error!.Detail!);
    }

    [Fact]
    public void TryRead_EverySplitOfEveryBody_ReadsTheSame()
    {
        foreach (string body in ScanCases.Good.Concat(ScanCases.Bad.Select(static bad => bad.Body)).Where(static body => body.Length < 1000))
        {
            byte[] bytes = Encoding.UTF8.GetBytes(body);
            RequestError? whole = RequestScan.TryRead(new ReadOnlySequence<byte>(bytes), out RequestFacts expected);
            foreach (ReadOnlySequence<byte> pieces in Enumerable.Range(0, bytes.Length).Select(cut => ByteSequences.Cut(bytes, cut)).Append(ByteSequences.Shred(bytes)))
            {
                RequestError? split = RequestScan.TryRead(pieces, out RequestFacts facts);

                Assert.Equal((whole?.Outcome, whole?.Param, Summary(expected)), (split?.Outcome, split?.Param, Summary(facts)));
            }
        }
    }

    [Fact]
    public void TryRead_NotUtf8AtAnySplit_IsRefused()
    {
        foreach ((string before, string after) in new[] { ("{\"x\":\"é", "\"}"), ("{\"", "\":1}"), ("{}", ""), ("{\"model\":\"", "\"}") })
        {
            foreach (byte[] text in ScanCases.NotText)
            {
                byte[] bytes = ScanCases.Around(text, before, after);
                Assert.NotNull(RequestScan.TryRead(new ReadOnlySequence<byte>(bytes), out _));
                Assert.NotNull(RequestScan.TryRead(ByteSequences.Shred(bytes), out _));
                for (int cut = 0; cut < bytes.Length; cut++)
                {
                    Assert.NotNull(RequestScan.TryRead(ByteSequences.Cut(bytes, cut), out _));
                }
            }
        }
    }

    [Fact]
    public void TryRead_LongTextBehindASplitCharacter_IsChecked()
    {
        // The decoder that takes over at the split works through its buffer in many turns.
        byte[] good = Encoding.UTF8.GetBytes($"{{\"x\":\"é{new string('ü', 5000)}\"}}");
        byte[] bad = [.. good];
        bad[^10] = 0xFF;

        Assert.Null(RequestScan.TryRead(ByteSequences.Cut(good, 7), out _));
        Assert.NotNull(RequestScan.TryRead(ByteSequences.Cut(bad, 7), out _));
    }

    [Fact]
    public void TryRead_AllKeys_TellsThem()
    {
        Scan("""{"max_tokens":5,"model":"gé","max_completion_tokens":7,"stream":true,"n":2,"max_output_tokens":6}""", out RequestFacts facts);

        Assert.Equal(("gé", true, 7L, 2L), (facts.Model, facts.IsStream, facts.MaxOutputTokens!.Value, facts.Choices));
    }

    [Fact]
    public void TryRead_NoKeys_TellsDefaults()
    {
        Scan("""{"messages":[],"model":null,"n":null}""", out RequestFacts facts);

        Assert.Equal((null, false, null, 1L, 0), (facts.Model, facts.IsStream, facts.MaxOutputTokens, facts.Choices, facts.Tools.Count));
    }

    [Theory]
    [InlineData("0", 0L)]
    [InlineData("6000", 6000L)]
    [InlineData("6000.0", 6000L)]
    [InlineData("6e3", 6000L)]
    [InlineData("15.2", 16L)]
    [InlineData("3000000000", 3_000_000_000L)]
    [InlineData("9007199254740993", RequestFacts.MostTokens)]
    [InlineData("99999999999999999999999999", RequestFacts.MostTokens)]
    [InlineData("1e999", RequestFacts.MostTokens)]
    [InlineData("-1", null)]
    [InlineData("-1e999", null)]
    [InlineData("-0.5", null)]
    [InlineData("null", null)]
    [InlineData("\"inf\"", null)]
    public void TryRead_TokenMaximum_CountsHoweverItIsWritten(string number, long? tokens)
    {
        foreach (string key in (string[])["max_tokens", "max_completion_tokens", "max_output_tokens"])
        {
            RequestError? error = Scan($$"""{"{{key}}":{{number}},"model":"m"}""", out RequestFacts facts);

            Assert.Equal((null, tokens, "m"), (error, facts.MaxOutputTokens, facts.Model));
        }
    }

    [Theory]
    [InlineData("0", true)]
    [InlineData("0.0", true)]
    [InlineData("-0e5", true)]
    [InlineData("0.01", false)]
    [InlineData("1e999", false)]
    [InlineData("null", false)]
    [InlineData("false", false)]
    [InlineData("\"0\"", false)]
    [InlineData("[0]", false)]
    public void TryRead_Temperature_TellsWhetherItIsZero(string temperature, bool isZero)
    {
        RequestError? error = Scan($$"""{"temperature":{{temperature}},"model":"m"}""", out RequestFacts facts);

        Assert.Equal((null, isZero, "m"), (error, facts.IsTemperatureZero, facts.Model));
    }

    [Theory]
    [InlineData("7", true)]
    [InlineData("0", true)]
    [InlineData("-1", true)]
    [InlineData("123456789012345678901234567890", true)]
    [InlineData("null", false)]
    [InlineData("\"7\"", false)]
    [InlineData("{\"x\":7}", false)]
    public void TryRead_Seed_TellsWhetherItIsSet(string seed, bool isSet)
    {
        RequestError? error = Scan($$"""{"seed":{{seed}},"model":"m"}""", out RequestFacts facts);

        Assert.Equal((null, isSet, "m"), (error, facts.HasSeed, facts.Model));
    }

    [Theory]
    [InlineData("""[{"type":"function","function":{"name":"f"}}]""", "f", "function")]
    [InlineData("""[{"function":{"parameters":{"type":"object","properties":{"name":{"type":"string"}}},"name":"f","strict":true},"type":"function"}]""", "f", "function")]
    [InlineData("""[{"type":"function","name":"f","parameters":{"type":"object","properties":{"name":{"type":"string"}}}}]""", "f", "function")]
    [InlineData("""[{"type":"web_search"},{"type":"file_search","vector_store_ids":["v"]}]""", "web_search,file_search", "web_search,file_search")]
    [InlineData("""[{"type":"custom","custom":{"name":"c"}}]""", "c", "custom")]
    [InlineData("""[{"type":"function","name":"f","parameters":{"name":"inner","type":"secret"}}]""", "f", "function")]
    [InlineData("""[{"type":"mcp","server_label":"s","headers":{"name":"secret"}}]""", "mcp", "mcp")]
    [InlineData("""[{"name":{"name":"x"}},{"type":["function"]},{"name":7}]""", "", "")]
    [InlineData("""[[[{"type":"function","name":"deep"}]],"f"]""", "", "")]
    public void TryRead_Tools_TellsTheirNamesAndTypes(string tools, string names, string types)
    {
        RequestError? error = Scan($$"""{"tools":{{tools}},"model":"m"}""", out RequestFacts facts);

        Assert.Equal((null, names, types, "m"), (error, string.Join(',', facts.Tools), string.Join(',', facts.ToolTypes), facts.Model));
    }

    [Fact]
    public void TryRead_ManyLongTools_KeepsABoundedText()
    {
        // A cut in the middle of a surrogate pair would leave a text that no writer of JSON takes.
        string name = new string('x', 255) + "🙂";
        Scan($$"""{"tools":[{{string.Join(',', Enumerable.Repeat($$"""{"type":"function","name":"{{name}}"}""", 1000))}}]}""", out RequestFacts facts);

        Assert.Equal((32, 1), (facts.Tools.Count, facts.ToolTypes.Count));
        Assert.All(facts.Tools, static tool => Assert.Equal(new string('x', 255), tool));
    }

    [Theory]
    [InlineData(255, "", null)]
    [InlineData(256, "", "The body is nested deeper than 256 levels.")]
    [InlineData(100_000, "no end", "The body is nested deeper than 256 levels.")]
    [InlineData(255, "no end", "The body is not valid JSON (line 1, byte 261).")]
    public void TryRead_TooDeep_IsNotCalledBroken(int arrays, string middle, string? detail)
    {
        RequestError? error = Scan($"{{\"x\":{new string('[', arrays)}{middle}{new string(']', arrays)}}}", out _);

        Assert.Equal(detail, error?.Detail);
    }

    private static RequestError? Scan(string body, out RequestFacts facts) =>
        RequestScan.TryRead(new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(body)), out facts);

    private static string Summary(RequestFacts facts) =>
        $"{facts.Model}|{facts.IsStream}|{facts.MaxOutputTokens}|{facts.Choices}|{string.Join(',', facts.Tools)}"
        + $"|{facts.IsTemperatureZero}|{facts.HasSeed}|{facts.IncludesUsage}|{facts.UsagePlace}";
}
