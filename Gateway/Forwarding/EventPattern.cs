using System.Buffers;

namespace Gateway.Forwarding;

/// <summary>
/// The events of a stream differ from each other in their text and in nothing else that means anything: one that was read tells where the text of the
/// next ones stands, and that there is neither an end nor a usage in them. To compare two events costs a fraction of reading one.
/// </summary>
internal struct EventPattern
{
    /// <summary>Bytes of an event that is worth remembering: what is longer is rare, and each stream remembers one.</summary>
    private const int MaxLength = 2048;

    /// <summary>What ends a text that stands there as it is: its quote, an escape, or what no text may hold.</summary>
    private static readonly SearchValues<byte> Ends = SearchValues.Create([.. Enumerable.Range(0, ' ').Select(static code => (byte)code), (byte)'"', (byte)'\\']);

    private byte[]? _event;
    private int _length;
    private int _textStart;
    private int _textEnd;
    private int _paddingStart;
    private int _paddingEnd;
    private int _channel;

    /// <summary>By this OpenAI makes all events equally long for whoever listens on the wire: another one in each.</summary>
    private static ReadOnlySpan<byte> Padding => "\"obfuscation\":\""u8;

    /// <summary>Remembers an event, in place of the one before.</summary>
    /// <param name="oneEvent">Whole; without an end of the stream, and without a usage.</param>
    /// <param name="place">Where its only text stands.</param>
    public void Learn(ReadOnlySpan<byte> oneEvent, in EventText place)
    {
        if (oneEvent.Length > MaxLength)
        {
            return;
        }

        if (_event is null || _event.Length < oneEvent.Length)
        {
            _event = new byte[oneEvent.Length];
        }

        oneEvent.CopyTo(_event);
        (_length, _textStart, _textEnd, _channel) = (oneEvent.Length, place.Start, place.End, place.Channel);
        int padding = oneEvent[_textEnd..].IndexOf(Padding);
        _paddingStart = padding < 0 ? _length : _textEnd + padding + Padding.Length;
        _paddingEnd = padding < 0 ? _length : _paddingStart + Math.Max(0, oneEvent[_paddingStart..].IndexOfAny(Ends));
    }

    /// <summary>Do the bytes begin with such an event?</summary>
    /// <param name="events">Whole events.</param>
    /// <param name="length">Of that event.</param>
    /// <param name="text">What it says.</param>
    public readonly bool Matches(ReadOnlySpan<byte> events, out int length, out EventText text)
    {
        (length, text) = (0, default);
        ReadOnlySpan<byte> known = _event.AsSpan(0, _length);
        if (known.IsEmpty || !events.StartsWith(known[.._textStart]))
        {
            return false;
        }

        int textEnd = EndOf(events, _textStart);
        ReadOnlySpan<byte> between = known[_textEnd.._paddingStart];
        if (!events[textEnd..].StartsWith(between))
        {
            return false;
        }

        int at = textEnd + between.Length;
        if (_paddingEnd < _length)
        {
            at = EndOf(events, at);
            ReadOnlySpan<byte> behind = known[_paddingEnd..];
            if (!events[at..].StartsWith(behind))
            {
                return false;
            }

            at += behind.Length;
        }

        (length, text) = (at, new EventText(_textStart, textEnd, _channel));
        return true;
    }

    private static int EndOf(ReadOnlySpan<byte> events, int start)
    {
        int end = events[start..].IndexOfAny(Ends);
        return end < 0 ? events.Length : start + end;
    }
}
