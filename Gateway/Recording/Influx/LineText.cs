using System.Buffers;
using System.Text;

namespace Gateway.Recording.Influx;

/// <summary>
/// Text of others in InfluxDB's line protocol, so that it stays one value whatever it holds. Control characters, of which a line feed would begin
/// another point, become blanks. A backslash before a separator would make it part of the value, and none can be escaped in a tag: there it becomes
/// a slash.
/// </summary>
internal static class LineText
{
    /// <summary>Of a tag or field; the rest is cut off. InfluxDB takes 64 KiB, but an index is not the place for them.</summary>
    public const int MaxLength = 256;

    /// <summary>Characters that mean something in a tag or a string field, or are none.</summary>
    private static readonly SearchValues<char> Special = SearchValues.Create(
        [',', '=', ' ', '"', '\\', .. Enumerable.Range(0, ' ').Select(static c => (char)c), .. Enumerable.Range(0x7f, 0x21).Select(static c => (char)c), '\u2028', '\u2029']);

    public static void WriteTag(IBufferWriter<byte> output, ReadOnlySpan<char> text)
    {
        text = Cut(text);
        while (!text.IsEmpty)
        {
            int plain = text.IndexOfAny(Special);
            Write(output, plain < 0 ? text : text[..plain]);
            if (plain < 0)
            {
                return;
            }

            output.Write(text[plain] switch
            {
                ',' => "\\,"u8,
                '=' => "\\="u8,
                ' ' => "\\ "u8,
                '"' => "\""u8,
                '\\' => "/"u8,
                _ => "\\ "u8,
            });
            text = text[(plain + 1)..];
        }
    }

    /// <summary>Between the quotes of a string field.</summary>
    public static void WriteField(IBufferWriter<byte> output, ReadOnlySpan<char> text)
    {
        text = Cut(text);
        while (!text.IsEmpty)
        {
            int plain = text.IndexOfAny(Special);
            Write(output, plain < 0 ? text : text[..plain]);
            if (plain < 0)
            {
                return;
            }

            output.Write(text[plain] switch
            {
                ',' => ","u8,
                '=' => "="u8,
                '"' => "\\\""u8,
                '\\' => "\\\\"u8,
                _ => " "u8,
            });
            text = text[(plain + 1)..];
        }
    }

    private static ReadOnlySpan<char> Cut(ReadOnlySpan<char> text) =>
        text.Length <= MaxLength ? text
        : char.IsHighSurrogate(text[MaxLength - 1]) ? text[..(MaxLength - 1)]
        : text[..MaxLength];

    /// <summary>Half a surrogate pair becomes U+FFFD.</summary>
    private static void Write(IBufferWriter<byte> output, ReadOnlySpan<char> plain)
    {
        Span<byte> room = output.GetSpan(Encoding.UTF8.GetMaxByteCount(plain.Length));
        output.Advance(Encoding.UTF8.GetBytes(plain, room));
    }
}
