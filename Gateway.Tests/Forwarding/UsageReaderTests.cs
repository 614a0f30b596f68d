using System.Text;
using System.Text.Json;
using Gateway.Forwarding;
using Gateway.Recording;
using Gateway.Tests.Recording;
using Xunit;

namespace Gateway.Tests.Forwarding;

public class UsageReaderTests
{
    [Theory]
    [InlineData("""{"usage":{"prompt_tokens":11,"completion_tokens":7,"total_tokens":18}}""", 11, 7)]
    [InlineData("""{"usage" : { "completion_tokens" : 7, "prompt_tokens" : 11 } , "x":1}""", 11, 7)]
    [InlineData("""{"usage":{"prompt_tokens_details":{"cached_tokens":5},"prompt_tokens":11,"completion_tokens_details":{"reasoning_tokens":9},"completion_tokens":7}}""", 11, 7)]
    [InlineData("""{"usage":{"input_tokens":11,"input_tokens_details":{"cached_tokens":0},"output_tokens":7}}""", 11, 7)]
    [InlineData("""{"usage":{"prompt_tokens":11,"total_tokens":11}}""", 11, null)]
    [InlineData("data: {\"choices\":[],\"usage\":{\"prompt_tokens\":11,\"completion_tokens\":7}}\n\ndata: [DONE]\n\n", 11, 7)]
    [InlineData("""{"usage":{"prompt_tokens":1,"completion_tokens":1}} {"usage":{"prompt_tokens":11,"completion_tokens":7}}""", 11, 7)]
    [InlineData("""{"usage":{"prompt_tokens":0,"completion_tokens":0,"total_tokens":0,"input_tokens":11,"output_tokens":7}}""", 11, 7)]
    [InlineData("""{"usage":{"prompt_tokens":11,"completion_tokens":7,"total_tokens":18,"input_tokens":0,"output_tokens":0}}""", 11, 7)]
    [InlineData("""{"usage":{"prompt_tokens":11,"completion_tokens":0}}""", 11, 0)]
    public void Read_Usage_TellsTheCounts(string text, int input, int? output)
    {
        AccessRecord record = Read(text);

        Assert.Equal(((long?)input, (long?)output), (record.InputTokens, record.OutputTokens));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("""{"usage":null}""")]
    [InlineData("""{"usage":"x"}""")]
    [InlineData("""{"usage":[1]}""")]
    [InlineData("\"usage\"")]
    [InlineData("\"usage\":")]
    [InlineData("""{"content":"\"usage\":{\"prompt_tokens\":99,\"completion_tokens\":99}"}""")]
    [InlineData("""{"usage":{"prompt_tokens":"11","completion_tokens":1.5}}""")]
    [InlineData("""{"usage":{"prompt_tokens":-1,"completion_tokens":1e999}}""")]
    [InlineData("""{"usage":{"prompt_tokens":99999999999999999999}}""")]
    [InlineData("""{"usage":{"prompt_tokens":900000000000000,"completion_tokens":2147483648}}""")]
    [InlineData("""{"usage":{prompt_tokens:1}}""")]
    [InlineData("""{"usage":{"x":{"prompt_tokens":3}}}""")]
    public void Read_NoCounts_LeavesTheRecordAlone(string text)
    {
        AccessRecord record = Read(text);

        Assert.Equal((null, null), (record.InputTokens, record.OutputTokens));
    }

    [Theory]
    [InlineData("data: {\"choices\":[],\"usage\":{\"prompt_tokens\":11,\"completion_tokens\":7}}\n\ndata: [DONE]\n\n", 11, 7)]
    [InlineData("data: {\"x_groq\":{\"usage\":{\"prompt_tokens\":11,\"completion_tokens\":7}}}\n\n", 11, 7)]
    [InlineData("data: {\"type\":\"response.completed\",\"response\":{\"tools\":[{\"usage\":{\"input_tokens\":1}}],\"usage\":{\"input_tokens\":11,\"output_tokens\":7}}}\n\n", 11, 7)]
    [InlineData("data: {\"choices\":[],\r\ndata: \"usage\":{\"prompt_tokens\":11,\"completion_tokens\":7}}\r\n\r\n", 11, 7)]
    [InlineData("data: {\"type\":\"response.created\",\"response\":{\"usage\":null,\"tools\":[{\"parameters\":{\"usage\":{\"input_tokens\":0,\"output_tokens\":9}}}]}}\n\n", null, null)]
    [InlineData("data: {\"type\":\"response.output_item.done\",\"item\":{\"tools\":[{\"usage\":{\"input_tokens\":0}}]}}\n\n", null, null)]
    public void ReadEvents_Usage_CountsWhereAnUpstreamTellsIt(string events, int? input, int? output)
    {
        AccessRecord record = Records.New();

        UsageReader.ReadEvents(Encoding.UTF8.GetBytes(events), record);

        Assert.Equal(((long?)input, (long?)output), (record.InputTokens, record.OutputTokens));
    }

    [Fact]
    public void TryReadAnswer_RandomAnswers_CountWhereADocumentHasThem()
    {
        var random = new Random(17);
        int told = 0;
        for (int round = 0; round < 20_000; round++)
        {
            string text = Object(random, depth: 0);
            (long?, long?) expected = Told(JsonElement.Parse(text), isRoot: true) ?? (null, null);
            AccessRecord record = Records.New();

            Assert.True(UsageReader.TryReadAnswer(Encoding.UTF8.GetBytes(text), record), text);
            Assert.True(expected == (record.InputTokens, record.OutputTokens), text);
            told += record.InputTokens is null ? 0 : 1;
        }

        Assert.InRange(told, 5_000, 19_000);
    }

    [Fact]
    public void TryReadAnswer_CutAnywhere_NeverInvents()
    {
        const string Whole = """{"a":["x\"\\",{"usage":{"prompt_tokens":1}}],"usage":{"prompt_tokens":1234,"completion_tokens":5678},"b":{}}""";
        for (int cut = 0; cut < Whole.Length; cut++)
        {
            AccessRecord record = Records.New();
            UsageReader.TryReadAnswer(Encoding.UTF8.GetBytes(Whole[..cut]), record);

            Assert.Contains(record.InputTokens, new long?[] { null, 1234 });
            Assert.Contains(record.OutputTokens, new long?[] { null, 5678 });
        }
    }

    /// <summary>The last one of the root's own, or of the object that holds the answer.</summary>
    private static (long?, long?)? Told(JsonElement element, bool isRoot)
    {
        (long?, long?)? told = null;
        foreach (JsonProperty member in element.EnumerateObject().Where(static member => member.Value.ValueKind == JsonValueKind.Object))
        {
            told = member.Name == "usage" ? (member.Value.GetProperty("prompt_tokens").GetInt64(), member.Value.GetProperty("completion_tokens").GetInt64())
                : isRoot && member.Name is "response" or "message" or "x_groq" ? Told(member.Value, isRoot: false) ?? told
                : told;
        }

        return told;
    }

    private static string Object(Random random, int depth)
    {
        string space = random.Next(3) == 0 ? " " : "";
        return space + "{" + string.Join(",", Enumerable.Range(0, random.Next(5)).Select(_ => random.Next(7) switch
        {
            0 or 1 => $"\"usage\"{space}:{space}{{\"prompt_tokens\":{random.Next(100)},{space}\"completion_tokens\":{random.Next(100)}}}",
            2 => $"\"response\":{(depth < 3 ? Object(random, depth + 1) : "null")}",
            3 => $"\"tools\":[{(depth < 3 ? Object(random, depth + 1) : "1")}{space},\"usage\"]",
            4 => "\"text\":\"}\\\"usage\\\":{\\\\\"",
            5 => $"\"usage\":{space}null",
            _ => "\"é\":-1.5e3",
        })) + space + "}";
    }

    [Fact]
    public void Read_CutAnywhere_NeverInvents()
    {
        const string Whole = """{"usage":{"prompt_tokens":1234,"details":{"a":[1,{"b":2}]},"completion_tokens":5678}}""";
        for (int cut = 0; cut < Whole.Length; cut++)
        {
            AccessRecord record = Read(Whole[..cut]);

            Assert.Contains(record.InputTokens, new long?[] { null, 1234 });
            Assert.Contains(record.OutputTokens, new long?[] { null, 5678 });
        }
    }

    [Fact]
    public void Read_LaterNull_KeepsWhatWasKnown()
    {
        AccessRecord record = Records.New();
        UsageReader.Read("""{"usage":{"prompt_tokens":11,"completion_tokens":7}}"""u8, record);
        UsageReader.Read("""{"usage":null}"""u8, record);

        Assert.Equal((11L, 7L), (record.InputTokens, record.OutputTokens));
    }

    private static AccessRecord Read(string text)
    {
        AccessRecord record = Records.New();
        UsageReader.Read(Encoding.UTF8.GetBytes(text), record);
        return record;
    }
}
