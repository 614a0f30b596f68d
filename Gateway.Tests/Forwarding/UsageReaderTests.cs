using System.Text;
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
