using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Gateway.Tokenization;

/// <summary>Counts the strings of one body; what has to be unescaped or put together goes through one buffer, long texts a window at a time.</summary>
internal sealed class PromptText(Tokenizer tokenizer) : IDisposable
{
    /// <summary>Bytes: a text is counted in parts of this size, as far as it has words.</summary>
    private const int Window = 64 * 1024;

    /// <summary>Bytes of the longest escape, a pair of surrogates.</summary>
    private const int LongestEscape = 12;

    private Scratch<byte> _buffer;

    /// <summary>Tokens of the string that the reader is at; 0 for anything else, which is passed over.</summary>
    public long Count(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.String)
        {
            reader.Skip();
            return 0;
        }

        return !reader.HasValueSequence && !reader.ValueIsEscaped ? tokenizer.Known.Count(reader.ValueSpan)
            : LengthOf(reader) <= Window ? tokenizer.Known.Count(Unescaped(ref reader, default))
            : CountInWindows(reader);
    }

    /// <summary>As <see cref="Count"/>, with a colon before the string or name and without the full stops at its end.</summary>
    public long CountEntry(ref Utf8JsonReader reader)
    {
        if (reader.TokenType is not (JsonTokenType.String or JsonTokenType.PropertyName))
        {
            reader.Skip();
            return 0;
        }

        ReadOnlySpan<byte> entry = Unescaped(ref reader, ":"u8).TrimEnd((byte)'.');
        return tokenizer.Known.Count(entry);
    }

    /// <summary>Tokens of the name that the reader is at.</summary>
    public long CountName(ref Utf8JsonReader reader) => tokenizer.Known.Count(Unescaped(ref reader, default));

    /// <summary>The string or name that the reader is at, behind a prefix. Good until the next call.</summary>
    /// <param name="reader">At the string.</param>
    /// <param name="prefix">What comes first.</param>
    /// <param name="most">Bytes of the string, as written, after which it is cut.</param>
    public ReadOnlySpan<byte> Unescaped(ref Utf8JsonReader reader, ReadOnlySpan<byte> prefix, int most = int.MaxValue)
    {
        int length = (int)Math.Min(most, LengthOf(reader));
        Span<byte> text = Room(prefix.Length + length);
        prefix.CopyTo(text);
        Span<byte> value = text[prefix.Length..];
        Read(reader, 0, value[..length]);
        return text[..(prefix.Length + (reader.ValueIsEscaped ? Unescape(value[..length], isEnd: true, out _) : length))];
    }

    public void Dispose()
    {
        _buffer.Dispose();
        _buffer = default;
    }

    /// <summary>Bytes, as written.</summary>
    private static long LengthOf(in Utf8JsonReader reader) => reader.HasValueSequence ? reader.ValueSequence.Length : reader.ValueSpan.Length;

    /// <summary>A part of the string, as written.</summary>
    private static void Read(in Utf8JsonReader reader, long start, Span<byte> part)
    {
        if (reader.HasValueSequence)
        {
            reader.ValueSequence.Slice(start, part.Length).CopyTo(part);
        }
        else
        {
            reader.ValueSpan.Slice((int)start, part.Length).CopyTo(part);
        }
    }

    /// <summary>Counts up to the last place in the window where the text can be cut; a word that fills the window makes it hold all that is left.</summary>
    private long CountInWindows(in Utf8JsonReader reader)
    {
        long length = LengthOf(reader);
        long count = 0;
        int kept = 0;
        int window = Window;
        for (long at = 0; at < length;)
        {
            Span<byte> text = Room(window, kept);
            Span<byte> part = text.Slice(kept, (int)Math.Min(window - kept, length - at));
            Read(reader, at, part);
            int read = part.Length;
            kept += reader.ValueIsEscaped ? Unescape(part, at + part.Length == length, out read) : read;
            at += read;
            int cut = at == length ? kept : Tokenizer.LastCut(text[..kept]);
            window = cut > 0 ? window : kept + (int)(length - at);
            count += tokenizer.Known.Count(text[..cut]);
            text[cut..kept].CopyTo(text);
            kept -= cut;
        }

        return count;
    }

    /// <summary>In place. Half of a surrogate pair becomes U+FFFD: it is no text, but JSON allows it.</summary>
    /// <param name="text">As written.</param>
    /// <param name="isEnd">False: more of it follows, and an escape that may go on there is left.</param>
    /// <param name="read">What was unescaped of it.</param>
    /// <returns>Bytes now.</returns>
    private static int Unescape(Span<byte> text, bool isEnd, out int read)
    {
        int written = 0;
        int at = 0;
        while (at < text.Length)
        {
            int plain = text[at..].IndexOf((byte)'\\') is var next and >= 0 ? next : text.Length - at;
            text.Slice(at, plain).CopyTo(text[written..]);
            at += plain;
            written += plain;
            if (at + 1 >= text.Length || (!isEnd && at + LongestEscape > text.Length))
            {
                break;
            }

            byte kind = text[at + 1];
            if (kind != 'u')
            {
                text[written++] = kind switch { (byte)'n' => (byte)'\n', (byte)'r' => (byte)'\r', (byte)'t' => (byte)'\t', (byte)'b' => 8, (byte)'f' => 12, _ => kind };
                at += 2;
                continue;
            }

            char first = Hex(text[at..]);
            at += 6;
            char second = char.IsHighSurrogate(first) && at + 1 < text.Length && text[at] == '\\' && text[at + 1] == 'u' ? Hex(text[at..]) : default;
            if (!Rune.TryCreate(first, second, out Rune rune))
            {
                rune = Rune.TryCreate(first, out Rune single) ? single : Rune.ReplacementChar;
            }
            else
            {
                at += 6;
            }

            written += rune.EncodeToUtf8(text[written..]);
            at = Math.Min(at, text.Length);
        }

        read = at;
        return written;
    }

    /// <summary>Of <c>\u1234</c>; a cut one is no character.</summary>
    private static char Hex(ReadOnlySpan<byte> escape) =>
        escape.Length >= 6 && ushort.TryParse(escape[2..6], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ushort unit) ? (char)unit : '\ufffd';

    /// <summary>The buffer, with what it keeps at its beginning.</summary>
    private Span<byte> Room(int length, int kept = 0)
    {
        if (_buffer.Span.Length < length)
        {
            var larger = new Scratch<byte>(length);
            _buffer.Span[..kept].CopyTo(larger.Span);
            _buffer.Dispose();
            _buffer = larger;
        }

        return _buffer.Span[..length];
    }
}
