using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Gateway.Tokenization;

/// <summary>Counts the strings of one body; what has to be unescaped goes through one buffer that grows to the longest of them.</summary>
internal sealed class PromptText(Tokenizer tokenizer) : IDisposable
{
    private byte[] _buffer = [];

    /// <summary>Tokens of the string that the reader is at; 0 for anything else, which is passed over.</summary>
    public long Count(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.String)
        {
            reader.Skip();
            return 0;
        }

        return reader.HasValueSequence || reader.ValueIsEscaped ? tokenizer.Count(Unescaped(ref reader, default)) : tokenizer.Count(reader.ValueSpan);
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
        return tokenizer.Count(entry);
    }

    /// <summary>Tokens of the name that the reader is at.</summary>
    public long CountName(ref Utf8JsonReader reader) => tokenizer.Count(Unescaped(ref reader, default));

    /// <summary>The string or name that the reader is at, behind a prefix. Good until the next call.</summary>
    /// <param name="reader">At the string.</param>
    /// <param name="prefix">What comes first.</param>
    /// <param name="most">Bytes of the string, as written, after which it is cut.</param>
    public ReadOnlySpan<byte> Unescaped(ref Utf8JsonReader reader, ReadOnlySpan<byte> prefix, int most = int.MaxValue)
    {
        int length = (int)Math.Min(most, reader.HasValueSequence ? reader.ValueSequence.Length : reader.ValueSpan.Length);
        Span<byte> text = Room(prefix.Length + length);
        prefix.CopyTo(text);
        Span<byte> value = text[prefix.Length..];
        if (reader.HasValueSequence)
        {
            reader.ValueSequence.Slice(0, length).CopyTo(value);
        }
        else
        {
            reader.ValueSpan[..length].CopyTo(value);
        }

        return text[..(prefix.Length + (reader.ValueIsEscaped ? Unescape(value) : length))];
    }

    public void Dispose()
    {
        if (_buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = [];
        }
    }

    /// <summary>In place. Half of a surrogate pair becomes U+FFFD: it is no text, but JSON allows it.</summary>
    private static int Unescape(Span<byte> text)
    {
        int written = 0;
        for (int at = 0; at < text.Length;)
        {
            int plain = text[at..].IndexOf((byte)'\\') is var next and >= 0 ? next : text.Length - at;
            text.Slice(at, plain).CopyTo(text[written..]);
            at += plain;
            written += plain;
            if (at + 1 >= text.Length)
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

        return written;
    }

    /// <summary>Of <c>\u1234</c>; a cut one is no character.</summary>
    private static char Hex(ReadOnlySpan<byte> escape) =>
        escape.Length >= 6 && ushort.TryParse(escape[2..6], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ushort unit) ? (char)unit : '\ufffd';

    private Span<byte> Room(int length)
    {
        if (_buffer.Length < length)
        {
            Dispose();
            _buffer = ArrayPool<byte>.Shared.Rent(length);
        }

        return _buffer.AsSpan(0, length);
    }
}
