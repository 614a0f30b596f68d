using System.Buffers.Text;
using System.Text;

namespace Load.Driver.Http;

/// <summary>The few things of a response head that a load driver has to know.</summary>
internal readonly record struct AnswerHead(int Status, long ContentLength, bool Chunked, bool KeepAlive, bool IsEventStream)
{
    public const long NoLength = -1;

    /// <param name="head">Status line and headers, without the empty line that ends them.</param>
    public static AnswerHead Parse(ReadOnlySpan<byte> head)
    {
        if (!head.StartsWith("HTTP/1."u8) || head.Length < 12 || !Utf8Parser.TryParse(head[9..12], out int status, out int used) || used != 3)
            throw new BrokenAnswerException("not an HTTP/1 status line");

        var answer = new AnswerHead(status, NoLength, Chunked: false, KeepAlive: true, IsEventStream: false);
        while (head.IndexOf("\r\n"u8) is var end and >= 0)
        {
            head = head[(end + 2)..];
            int next = head.IndexOf("\r\n"u8);
            ReadOnlySpan<byte> line = next < 0 ? head : head[..next];
            int colon = line.IndexOf((byte)':');
            if (colon > 0)
                answer = answer.With(line[..colon], line[(colon + 1)..].Trim((byte)' '));
        }

        return answer;
    }

    private AnswerHead With(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        // The length of a name tells nearly every header apart from the four that matter, so most cost one comparison.
        return name.Length switch
        {
            10 when Is(name, "connection") => this with { KeepAlive = !Is(value, "close") },
            12 when Is(name, "content-type") => this with { IsEventStream = value.StartsWith("text/event-stream"u8) },
            14 when Is(name, "content-length") => this with { ContentLength = ParseLength(value) },
            17 when Is(name, "transfer-encoding") => this with { Chunked = Is(value, "chunked") },
            _ => this,
        };
    }

    private static bool Is(ReadOnlySpan<byte> text, string expected) => Ascii.EqualsIgnoreCase(text, expected);

    private static long ParseLength(ReadOnlySpan<byte> value) =>
        Utf8Parser.TryParse(value, out long length, out int used) && used == value.Length && length >= 0
            ? length
            : throw new BrokenAnswerException("unreadable Content-Length");
}
