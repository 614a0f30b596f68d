using System.Buffers;
using System.Buffers.Text;
using System.Text;
using System.Text.Encodings.Web;

namespace Gateway.Recording.Logs;

/// <summary>
/// Writes one JSON object, of names that need no escape and values that may. Every request leaves a line: the framework's writer, which looks at
/// each name and keeps an account of where it stands, took a tenth of what a small request costs. Whoever begins one ends it.
/// </summary>
internal ref struct JsonLine
{
    /// <summary>More bytes than any number or time has, with the comma and the quotes around a name.</summary>
    private const int Short = 48;

    /// <summary>Asked for at once: few lines are longer.</summary>
    private const int Usual = 2048;

    /// <summary>Characters that stand in a string as they are, and are bytes as they are.</summary>
    private static readonly SearchValues<char> Plain = SearchValues.Create(
        [.. Enumerable.Range(' ', '\u007f' - ' ').Select(static code => (char)code).Where(static c => c is not ('"' or '\\'))]);

    private readonly IBufferWriter<byte> _output;
    private Span<byte> _room;
    private int _at;
    private byte _next = (byte)'{';

    public JsonLine(IBufferWriter<byte> output) => _output = output;

    public void Number(ReadOnlySpan<byte> name, long value)
    {
        Begin(name, 0);
        Utf8Formatter.TryFormat(value, _room[_at..], out int written);
        _at += written;
    }

    public void Milliseconds(ReadOnlySpan<byte> name, TimeSpan value)
    {
        Begin(name, 0);
        _at += ThousandthsText.WriteMilliseconds(value, _room[_at..]);
    }

    public void Flag(ReadOnlySpan<byte> name, bool value)
    {
        Begin(name, 0);
        Append(value ? "true"u8 : "false"u8);
    }

    public void Time(ReadOnlySpan<byte> name, DateTimeOffset value)
    {
        Begin(name, 0);
        _room[_at++] = (byte)'"';
        Utf8Formatter.TryFormat(value, _room[_at..], out int written, 'O');
        _at += written;
        _room[_at++] = (byte)'"';
    }

    /// <summary>Null is left out.</summary>
    public void Text(ReadOnlySpan<byte> name, string? value)
    {
        if (value is null)
        {
            return;
        }

        bool isPlain = !value.AsSpan().ContainsAnyExcept(Plain);

        // Half a surrogate pair becomes U+FFFD on the way.
        string escaped = isPlain ? value : JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(value);
        Begin(name, isPlain ? escaped.Length : Encoding.UTF8.GetMaxByteCount(escaped.Length));
        _room[_at++] = (byte)'"';
        _at += Encoding.UTF8.GetBytes(escaped, _room[_at..]);
        _room[_at++] = (byte)'"';
    }

    /// <summary>A list of objects; each has a member at least.</summary>
    public void BeginList(ReadOnlySpan<byte> name)
    {
        Begin(name, 0);
        Append("["u8);
    }

    public void BeginItem(bool isFirst)
    {
        Reserve(Short);
        Append(isFirst ? [] : ","u8);
        _next = (byte)'{';
    }

    public void EndItem()
    {
        Reserve(Short);
        Append("}"u8);
    }

    public void EndList()
    {
        Append("]"u8);
        _next = (byte)',';
    }

    /// <summary>The object's end, and the line's.</summary>
    public void End()
    {
        Reserve(Short);
        Append("}\n"u8);
        _output.Advance(_at);
        _room = default;
        _at = 0;
    }

    /// <summary>Writes the name; there is room for a short value behind it, or for one of so many bytes and its quotes.</summary>
    private void Begin(ReadOnlySpan<byte> name, int value)
    {
        Reserve(name.Length + value + Short);
        _room[_at] = _next;
        _room[_at + 1] = (byte)'"';
        name.CopyTo(_room[(_at + 2)..]);
        _at += name.Length + 2;
        _room[_at++] = (byte)'"';
        _room[_at++] = (byte)':';
        _next = (byte)',';
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_room[_at..]);
        _at += bytes.Length;
    }

    private void Reserve(int length)
    {
        if (_room.Length - _at < length)
        {
            _output.Advance(_at);
            _room = _output.GetSpan(Math.Max(length, Usual));
            _at = 0;
        }
    }
}
