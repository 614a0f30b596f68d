using System.Buffers;
using System.Text;
using Gateway.Recording;
using Gateway.Recording.Influx;
using Gateway.Recording.Logs;
using Gateway.Tests.Recording.Influx;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Gateway.Tests.Fuzzing.Targets;

/// <summary>The texts that callers choose, as a point of the line protocol: one line, with the fields and tags that every point has and no other.</summary>
internal sealed class LineProtocolTarget : FuzzTarget
{
    private static readonly string[] Tags = ["model", "path", "priority", "port", "instance", "status", "preempted", "cached", "caller"];

    private static readonly string[] Fields =
        ["input_tokens", "output_tokens", "processing_ms", "queue_ms", "retries", "preemptions", "wasted_ms", "wasted_tokens", "status_code", "request_id", "tools", "tool_types"];

    public override string Name => "line-protocol";

    public override int ShortInputs => 6000;

    public override IReadOnlyList<byte[]> Seeds { get; } = Texts(
    [
        "gpt-4\nget_weather\nfunction", "a,b=c d\\\nf,g=\"h\\\" i=1\nx", "m\\\nt\\\\\n\\", "x\u2028y\u0085\nré🙂\n\t", "m\r,injected=1 a=1i 5\nt\"\nu", new string('m', 300) + "\nt", "",
    ]);

    public override IReadOnlyList<string> Words { get; } =
        ["\n", "\r", "\\", "\\\\", "\"", "\\\"", ",", "=", " ", ",a=b", " b=1i 1\nopenai_request x=1", "\0", "\u007f", "\u0085", "\u2028", "🙂", "\uFEFF", "\t", "\u001b[31m", "é"];

    public override IReadOnlyList<string> Reaches => ["point"];

    public override ValueTask<string> TryAsync(byte[] input)
    {
        // A line feed parts the texts; callers' own are those that come with a carriage return.
        string[] texts = [.. Encoding.UTF8.GetString(input).Split('\n').Select(static text => text.Replace('\r', '\n'))];
        AccessRecord record = RecordOf(texts);
        var output = new ArrayBufferWriter<byte>(512);
        new RequestPoint(output, static record => record.Model!).Write(record);
        string line = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(output.WrittenSpan);

        Assert.Equal(line.Length - 1, line.IndexOf('\n', StringComparison.Ordinal));
        LineParser point = LineParser.Parse(line[..^1]);
        Assert.Equal("openai_request", point.Measurement);
        Assert.Subset(Tags.ToHashSet(), point.Tags.Keys.ToHashSet());
        Assert.Subset(Fields.ToHashSet(), point.Fields.Keys.ToHashSet());
        Assert.Equal(("3", "200i", "7i"), (point.Tags["priority"], point.Fields["status_code"], point.Fields["input_tokens"]));
        AssertText(record.Model!, point.Tags.GetValueOrDefault("model", ""), isTag: true);
        AssertText(string.Join(',', record.Tools), point.Fields["tools"], isTag: false);
        AssertLog(record);
        return new("point");
    }

    private static AccessRecord RecordOf(string[] texts)
    {
        string At(int index) => index < texts.Length ? texts[index] : "";
        AccessRecord record = Gateway.Tests.Recording.Records.New();
        (record.Model, record.Caller, record.Instance) = (At(0), At(2), At(3));
        (record.Tools, record.ToolTypes) = ([At(1), At(4)], [At(2)]);
        (record.InputTokens, record.OutputTokens, record.Status) = (7, 3, 200);
        return record;
    }

    /// <summary>The plain characters stand, up to where it was cut.</summary>
    private static void AssertText(string text, string written, bool isTag)
    {
        string plain = new([.. text.Take(LineText.MaxLength - 1).Where(IsPlain)]);
        string kept = new([.. written.Where(IsPlain)]);
        Assert.True(kept.StartsWith(plain, StringComparison.Ordinal), $"{(isTag ? "tag" : "field")}: {text} became {written}");
    }

    private static bool IsPlain(char character) => char.IsAsciiLetterOrDigit(character) || character is ',' or '=' or '"';

    /// <summary>The same texts in a line of the log: one line, one object.</summary>
    private static void AssertLog(AccessRecord record)
    {
        var output = new ArrayBufferWriter<byte>(512);
        var entry = new LogEntry(DateTimeOffset.UnixEpoch, LogLevel.Information, new EventId(1), "x", "", null, null, record);
        new JsonLogFormat().Write(entry, output);
        Assert.Equal(output.WrittenCount - 1, output.WrittenSpan.IndexOf((byte)'\n'));
        _ = System.Text.Json.JsonElement.Parse(output.WrittenSpan);
    }
}
