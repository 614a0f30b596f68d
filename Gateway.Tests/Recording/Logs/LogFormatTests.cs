using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Gateway.Recording;
using Gateway.Recording.Logs;
using Gateway.Requests;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Gateway.Tests.Recording.Logs;

[Trait("row", "H2")]
public class LogFormatTests
{
    /// <summary>What a caller may put where it likes: line ends, terminal commands, JSON, half characters.</summary>
    public static TheoryData<string> Hostile =>
    [
        "a\nFAKE", "a\r\nFAKE", "\e[2J\e[31m", "\u009b31mred", "\u0085", "\u2028\u2029", "\0\u0001\u007f", "\"},{\"level\":\"critical\"}", "\\\"", "</script>", "\ud800", "a\udc00b",
        "\ud83d\ude42", "{Message} {0}", "\u202e", "\t", new string('x', 5000), new string('"', 5000), new string('é', 5000),
    ];

    [Theory]
    [MemberData(nameof(Hostile))]
    public void Json_HostileAccess_IsOneObjectOnOneLine(string text)
    {
        AccessRecord record = Records.New(path: text, method: text);
        (record.Model, record.Caller, record.Instance, record.Outcome) = (text, text, text, Outcome.Fault);
        record.FirstContent = record.Wasted = TimeSpan.FromTicks(12_345);
        (record.InputTokens, record.OutputTokens) = (long.MaxValue, 0);

        JsonElement line = OneObject(new JsonLogFormat(), Entry(access: record));

        string expected = text.Replace('\ud800', '\ufffd').Replace('\udc00', '\ufffd');
        if (!text.Contains('\ud83d'))
        {
            Assert.Equal(expected, line.GetProperty("path").GetString());
        }

        Assert.Equal(("info", "fault"), (line.GetProperty("level").GetString(), line.GetProperty("outcome").GetString()));
        Assert.Equal(1, line.EnumerateObject().Count(static field => field.Name == "level"));
    }

    [Theory]
    [MemberData(nameof(Hostile))]
    public void Json_HostileMessageFieldsAndException_AreOneObjectOnOneLine(string text)
    {
        KeyValuePair<string, object?>[] fields = [new("Name", text), new("Number", 1.5), new("Nothing", null), new("{OriginalFormat}", "x"), new("Field" + text, "x")];

        JsonElement line = OneObject(new JsonLogFormat(), Entry(text, fields, new InvalidOperationException(text)));

        Assert.Equal("1.5", line.GetProperty("Number").GetString());
        Assert.Equal(1, line.EnumerateObject().Count(static field => field.Name == "level"));
        Assert.Equal(1, line.EnumerateObject().Count(static field => field.Name.StartsWith("Field", StringComparison.Ordinal)));
        Assert.False(line.TryGetProperty("{OriginalFormat}", out _));
        Assert.Contains("InvalidOperationException", line.GetProperty("exception").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Hostile))]
    public void Terminal_HostileAccess_IsOneLineWithoutCommands(string text)
    {
        AccessRecord record = Records.New(path: text);
        (record.Model, record.Outcome, record.Status) = (text, Outcome.Fault, 500);

        string line = Write(new TerminalLogFormat(useColour: false), Entry(access: record));

        Assert.Equal(1, line.Count(static character => character == '\n'));
        Assert.DoesNotContain(line.TrimEnd('\n'), static character => char.IsControl(character));
    }

    [Theory]
    [MemberData(nameof(Hostile))]
    public void Terminal_HostileMessageAndException_ObeysNobody(string text)
    {
        string lines = Write(new TerminalLogFormat(useColour: false), Entry(text, null, new InvalidOperationException(text)));

        Assert.DoesNotContain(lines, static character => char.IsControl(character) && character != '\n');
    }

    [Fact]
    public void BothFormats_AnyText_IsOneLineWithoutCommands()
    {
        int seed = Random.Shared.Next();
        var random = new Random(seed);
        for (int i = 0; i < 20_000; i++)
        {
            string text = new([.. Enumerable.Range(0, random.Next(1, 12)).Select(_ => (char)(random.Next(4) == 0 ? random.Next(0x10000) : random.Next(0x100)))]);
            AccessRecord record = Records.New(path: text, method: text);
            (record.Model, record.Caller, record.Instance) = (text, text, text);
            JsonElement json = OneObject(new JsonLogFormat(), Entry(text, [new("Name", text)], access: record));
            string line = Write(new TerminalLogFormat(useColour: false), Entry(access: record));

            Assert.True(json.EnumerateObject().Count(static field => field.Name == "level") == 1, $"seed {seed}, {i}");
            Assert.True(line.Count(char.IsControl) == 1 && line[^1] == '\n', $"seed {seed}, {i}: {Convert.ToHexString(Encoding.BigEndianUnicode.GetBytes(text))}");
        }
    }

    [Fact]
    public void Terminal_Colour_IsOursAlone()
    {
        string line = Write(new TerminalLogFormat(useColour: true), Entry(access: Records.New(path: "/\e[5mx")));

        Assert.Contains("\e[2m", line, StringComparison.Ordinal);
        Assert.DoesNotContain("\e[5m", line, StringComparison.Ordinal);
    }

    [Fact]
    public void Terminal_AccessLine_TellsWhatHappened()
    {
        AccessRecord record = Records.New(path: "/v1/chat/completions", method: "POST");
        (record.Model, record.IsStream, record.Status, record.Preemptions, record.Outcome) = ("gpt", true, 200, 2, Outcome.Relayed);
        (record.Duration, record.Queued) = (TimeSpan.FromMilliseconds(12.34), TimeSpan.FromMilliseconds(5));

        string line = Write(new TerminalLogFormat(useColour: false), Entry(access: record));

        Assert.EndsWith("200 tier 3 :batch POST /v1/chat/completions 12.3 ms, waited 5.0 ms, preempted 2x, gpt (stream) id\n", line, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("req", "M6")]
    public void Json_SeveralCalls_TellsEachOfThem()
    {
        AccessRecord record = Records.New();
        record.Add(new AttemptRecord(1, "a", TimeSpan.FromMilliseconds(5), TimeSpan.FromMilliseconds(20), null, AttemptEnd.Preempted, Outcome.Pending, 0, 1));
        Assert.False(OneObject(new JsonLogFormat(), Entry(access: record)).TryGetProperty("calls", out _));
        record.Add(new AttemptRecord(2, "b", TimeSpan.FromMilliseconds(30), TimeSpan.FromMilliseconds(7), null, AttemptEnd.Answered, Outcome.Relayed, 200, null));

        JsonElement calls = OneObject(new JsonLogFormat(), Entry(access: record)).GetProperty("calls");

        Assert.Equal("""[{"instance":"a","end":"preempted","outcome":"pending","status":0,"started_after_ms":5,"duration_ms":20,"preempted_by":1},"""
            + """{"instance":"b","end":"answered","outcome":"relayed","status":200,"started_after_ms":30,"duration_ms":7}]""", calls.GetRawText());
    }

    [Fact]
    public void Dropped_Count_IsSaidInBothFormats()
    {
        Assert.Equal("warn 7 log lines were dropped: the output is too slow\n", Write(new TerminalLogFormat(useColour: false), dropped: 7));
        Assert.Equal(7, JsonDocument.Parse(Write(new JsonLogFormat(), dropped: 7)).RootElement.GetProperty("count").GetInt32());
    }

    [Theory]
    [InlineData(LogLevel.Trace, "debug")]
    [InlineData(LogLevel.Warning, "warning")]
    [InlineData(LogLevel.Error, "error")]
    [InlineData(LogLevel.Critical, "critical")]
    public void Json_Level_HasItsName(LogLevel level, string name) =>
        Assert.Equal(name, OneObject(new JsonLogFormat(), Entry("x") with { Level = level }).GetProperty("level").GetString());

    private static LogEntry Entry(
        string message = "", IReadOnlyList<KeyValuePair<string, object?>>? fields = null, Exception? exception = null, AccessRecord? access = null) =>
        new(DateTimeOffset.Parse("2026-01-01T00:00:00Z", CultureInfo.InvariantCulture), LogLevel.Information, new EventId(1, "Event"), "Category", message, fields, exception, access);

    private static JsonElement OneObject(JsonLogFormat format, LogEntry entry)
    {
        string text = Write(format, entry);
        Assert.Equal(text.Length - 1, text.IndexOf('\n', StringComparison.Ordinal));
        return JsonDocument.Parse(text).RootElement;
    }

    private static string Write(ILogFormat format, LogEntry? entry = null, long dropped = 0)
    {
        var buffer = new ArrayBufferWriter<byte>();
        if (entry is { } one)
        {
            format.Write(one, buffer);
        }
        else
        {
            format.WriteDropped(DateTimeOffset.UnixEpoch, dropped, buffer);
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
