using System.Buffers;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Gateway.Recording;
using Gateway.Recording.Influx;
using Gateway.Requests;
using Xunit;

namespace Gateway.Tests.Recording.Influx;

[Trait("req", "P11")]
public class RequestPointTests
{
    private static readonly string[] FieldNames =
    [
        "input_tokens", "output_tokens", "processing_ms", "queue_ms", "ttft_ms", "retries", "preemptions", "wasted_ms", "wasted_tokens",
        "status_code", "request_id", "tools", "tool_types",
    ];

    [Fact]
    public void Write_FullRecord_HasEveryTagAndField()
    {
        AccessRecord record = Record("gpt-4o", "alice", "eu-1", "get_weather");
        record.Cache = CacheState.Miss;
        (record.InputTokens, record.OutputTokens, record.Preemptions, record.Retries) = (12, 34, 1, 2);
        (record.Queued, record.FirstContent, record.Wasted) = (TimeSpan.FromMilliseconds(1.5), TimeSpan.FromMilliseconds(20), TimeSpan.FromMilliseconds(7));
        (record.Duration, record.WastedTokens, record.Status, record.Endpoint) = (TimeSpan.FromSeconds(2), 9, 200, "/v1/chat/completions");

        Assert.Equal(
            "openai_request,model=gpt-4o,path=/v1/chat/completions,priority=3,port=8082,instance=eu-1,status=200,preempted=true,cached=false,caller=alice "
            + "input_tokens=12i,output_tokens=34i,processing_ms=2000,queue_ms=1.5,ttft_ms=20,retries=2i,preemptions=1i,wasted_ms=7,wasted_tokens=9i,"
            + "status_code=200i,request_id=\"id\",tools=\"get_weather\",tool_types=\"function\" 2000000000\n",
            Write(record));
    }

    [Fact]
    public void Write_RequestThatGotNowhere_HasWhatThereIs()
    {
        LineParser point = LineParser.Parse(Write(new AccessRecord
        {
            RequestId = "id",
            StartedAt = DateTimeOffset.UnixEpoch,
            Started = 0,
            Listener = "x",
            Priority = 1,
            Method = "GET",
            Path = "/",
        }).TrimEnd('\n'));

        Assert.Equal(["cached", "model", "path", "port", "preempted", "priority", "status"], point.Tags.Keys.Order());
        Assert.DoesNotContain("ttft_ms", point.Fields.Keys);
    }

    [Fact]
    public void Write_SameTagsAndTime_AreStillTwoPoints()
    {
        var output = new ArrayBufferWriter<byte>();
        var point = new RequestPoint(output, static _ => "m");
        for (int i = 0; i < 100; i++)
        {
            point.Write(Record("m", "c", "i", "t"));
        }

        string[] lines = Encoding.UTF8.GetString(output.WrittenSpan).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(100, lines.Select(static line => LineParser.Parse(line).Time).Distinct().Count());
    }

    /// <summary>Whatever callers name things: one line, the same tags and fields, nothing more.</summary>
    [Fact]
    [Trait("row", "H2")]
    [Trait("row", "M3")]
    public void Write_AnyText_AddsNothing()
    {
        Gen<string> hostile = Gen.OneOf(
            Gen.Elements("\\", "a\\", "\\\\", "\n", "a\nopenai_request x=1i 1", "\r\n", "\"", "a\",b=\"", ",", "=", " ", "a,b=c d", "\0", "\u2028", "\ud800", "é", "日本", "#", "\\,", "\\\"", "\u0085"),
            ArbMap.Default.GeneratorFor<string>());
        Gen<string[]> texts = hostile.ArrayOf(3).Select(static parts => string.Concat(parts)).ArrayOf(4);
        Prop.ForAll(texts.ToArbitrary(), static names =>
        {
            string text = Write(Record(names[0], names[1], names[2], names[3]));
            Assert.Equal(1, text.Count(static c => c == '\n'));
            LineParser point = LineParser.Parse(text.TrimEnd('\n'));
            Assert.Equal("openai_request", point.Measurement);
            Assert.Subset(new HashSet<string>(["model", "path", "priority", "port", "instance", "status", "preempted", "cached", "caller"]), point.Tags.Keys.ToHashSet());
            Assert.Subset(new HashSet<string>(FieldNames), point.Fields.Keys.ToHashSet());
            Assert.Equal("function", point.Fields["tool_types"]);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(20_000).WithQuietOnSuccess(true));
    }

    [Fact]
    [Trait("row", "H2")]
    public void WriteTag_LongText_IsCutBetweenCharacters()
    {
        var output = new ArrayBufferWriter<byte>();

        LineText.WriteTag(output, new string('x', LineText.MaxLength - 1) + "🙂");

        Assert.Equal(new string('x', LineText.MaxLength - 1), Encoding.UTF8.GetString(output.WrittenSpan));
    }

    /// <summary>The file of a batch has room for so much above what makes it full.</summary>
    [Theory]
    [InlineData("\u65e5")]
    [InlineData("\"")]
    [InlineData("=")]
    public void Write_LongestNames_FitTheRoomOfALine(string character)
    {
        string name = string.Concat(Enumerable.Repeat(character, 10 * LineText.MaxLength));
        AccessRecord record = Record(name, name, name, name);
        record.Endpoint = name;
        record.ToolTypes = [name];

        Assert.InRange(Encoding.UTF8.GetByteCount(Write(record)), 5 * LineText.MaxLength, PointBatch.MaxLine);
    }

    internal static AccessRecord Record(string model, string caller, string instance, string tool) => new()
    {
        RequestId = "id",
        StartedAt = DateTimeOffset.UnixEpoch,
        Started = 0,
        Listener = "batch",
        Port = 8082,
        Priority = 3,
        Method = "POST",
        Path = "/v1/chat/completions",
        Model = model,
        Caller = caller,
        Instance = instance,
        Tools = [tool],
        ToolTypes = ["function"],
    };

    private static string Write(AccessRecord record)
    {
        var output = new ArrayBufferWriter<byte>();
        new RequestPoint(output, static record => record.Model ?? "none").Write(record);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
