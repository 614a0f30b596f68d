using System.Text;
using Gateway.Recording.Influx;
using Xunit;

namespace Gateway.Tests.Fuzzing.Targets;

/// <summary>A file of points, damaged: never an exception; what is taken over is whole lines.</summary>
internal sealed class PointFileTarget : FuzzTarget
{
    private const string Line = "openai_request,model=m,priority=1,port=80,status=200 processing_ms=1.000,request_id=\"a\" 1763700000000000000\n";

    public override string Name => "point-file";

    public override IReadOnlyList<byte[]> Seeds { get; } = [Image(""), Image(Line), Image(Line + Line + Line), [], "GWPOINT1"u8.ToArray()];

    public override IReadOnlyList<string> Words { get; } = ["GWPOINT1", "GWPOINT2", "\n", "\0", " ", "-1", "9999999999999999999999", Line];

    public override IReadOnlyList<string> Reaches => ["refused", "empty", "read"];

    public override ValueTask<string> TryAsync(byte[] input)
    {
        if (!PointFile.TryRead(input, out PointLines lines))
        {
            return new("refused");
        }

        string text = Encoding.Latin1.GetString(lines.Bytes.Span);
        Assert.Equal(lines.Count, text.Split('\n').Length - 1);
        Assert.True(text.Length == 0 || text[^1] == '\n');
        Assert.DoesNotContain(text, static c => c is < ' ' and not '\n');
        Assert.True(lines.Count > 0 || lines.BeganAt == 0);
        return new(lines.Count > 0 ? "read" : "empty");
    }

    private static byte[] Image(string lines) =>
        [.. "GWPOINT1"u8, .. BitConverter.GetBytes((long)lines.Length), .. Encoding.ASCII.GetBytes(lines), .. "what was there before\n"u8];
}
