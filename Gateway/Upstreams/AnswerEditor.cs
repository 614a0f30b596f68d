using System.Buffers;

namespace Gateway.Upstreams;

/// <summary>
/// Edits one answer in passing, wherever its bytes are cut: takes what came, writes what the caller gets. It knows of the JSON only how
/// deep it is and which names lead to what it edits, so neither a long text nor a long event costs memory. In an event stream every
/// event's data is such a JSON.
/// </summary>
internal sealed partial class AnswerEditor(AnswerEdits edits, bool isEventStream)
{
    private const byte Quote = (byte)'"';
    private const byte Backslash = (byte)'\\';

    /// <summary>No name that leads anywhere is longer.</summary>
    private const int MaxName = 9;

    private static readonly SearchValues<byte> InText = SearchValues.Create("\"\\"u8);
    private static readonly SearchValues<byte> InEventText = SearchValues.Create("\"\\\r\n"u8);
    private static readonly SearchValues<byte> Marks = SearchValues.Create("\"{}[]"u8);
    private static readonly SearchValues<byte> MarksAmongNames = SearchValues.Create("\"{}[],"u8);
    private static readonly SearchValues<byte> EventMarks = SearchValues.Create("\"{}[]\r\n"u8);
    private static readonly SearchValues<byte> EventMarksAmongNames = SearchValues.Create("\"{}[],\r\n"u8);

    private readonly byte[] _name = new byte[MaxName];
    private readonly VectorText? _vector = edits.FloatsToBase64 ? new VectorText() : null;
    private State _state = isEventStream ? State.LineStart : State.Structure;
    private int _nameLength;
    private bool _isEscaped;

    // Of the JSON: how deep we are, which of the first levels are objects, what the name before a value, or the container we are in, leads to.
    private int _depth;
    private int _objects;
    private bool _expectsName;
    private Lead _lead;
    private Lead _inside;

    private enum State : byte
    {
        Structure,
        Name,
        Text,
        ReplacedText,
        Vector,
        LineStart,
        OtherLine,
    }

    private enum Lead : byte
    {
        Nowhere,
        Model,
        Response,
        Data,
        Embedding,
    }

    /// <summary>Edits the next bytes of the answer, and returns how many were written.</summary>
    /// <exception cref="HttpRequestException">What should be a vector of numbers is none.</exception>
    public long Edit(ReadOnlySpan<byte> bytes, IBufferWriter<byte> destination)
    {
        var output = new EditedBytes(destination, bytes.Length + edits.Model.Length);
        bool endsEvent = isEventStream && bytes.EndsWith("\n\n"u8);
        int kept = 0;
        int at = 0;
        int name = -1;
        while (at < bytes.Length)
        {
            // Whole events to the end, none of which has what we look for: nothing of them is parsed.
            if (endsEvent && name < at && _state is State.LineStart or State.Structure && _lead != Lead.Model)
            {
                int found = bytes[at..].IndexOf("\"model\""u8);
                name = at + found;
                if (found < 0)
                {
                    EndEvent();
                    (_state, _lineLength, _sawReturn) = (State.LineStart, 0, false);
                    break;
                }
            }

            at = _state switch
            {
                State.Structure => PassStructure(bytes, at, ref kept, ref output),
                State.Name => PassName(bytes, at),
                State.Text => PassText(bytes, at),
                State.ReplacedText => DropText(bytes, at, ref kept),
                State.Vector => TakeVector(bytes, at, ref kept, ref output),
                State.LineStart => PassLineStart(bytes, at),
                _ => PassLine(bytes, at),
            };
        }

        if (_state is not (State.ReplacedText or State.Vector))
        {
            output.Write(bytes[kept..]);
        }

        output.Flush();
        return output.Written;
    }

    /// <summary>Names are looked at in the outermost object, in a <c>response</c> of an event, and in the entries of <c>data</c>.</summary>
    private bool IsAmongNames => _depth is >= 1 and <= 3 && (_objects >> _depth & 1) != 0
        && (_depth == 1 || (_depth == 2 && _inside == Lead.Response) || (_depth == 3 && _inside == Lead.Data));

    private int PassStructure(ReadOnlySpan<byte> bytes, int at, ref int kept, ref EditedBytes output)
    {
        bool amongNames = IsAmongNames;
        SearchValues<byte> marks = isEventStream ? amongNames ? EventMarksAmongNames : EventMarks : amongNames ? MarksAmongNames : Marks;
        int found = bytes[at..].IndexOfAny(marks);
        if (found < 0)
        {
            return bytes.Length;
        }

        at += found;
        switch (bytes[at])
        {
            case Quote:
                BeginText(bytes, at, amongNames, ref kept, ref output);
                break;
            case (byte)'{' or (byte)'[':
                Open(bytes, at, ref kept, ref output);
                break;
            case (byte)',':
                (_expectsName, _lead) = (true, Lead.Nowhere);
                break;
            case (byte)'\r' or (byte)'\n':
                EndLine(bytes[at]);
                break;
            default:
                _depth--;
                _inside = _depth < 2 ? Lead.Nowhere : _inside;
                (_expectsName, _lead) = (false, Lead.Nowhere);
                break;
        }

        return at + 1;
    }

    private void BeginText(ReadOnlySpan<byte> bytes, int at, bool amongNames, ref int kept, ref EditedBytes output)
    {
        if (amongNames && _expectsName)
        {
            (_state, _nameLength, _expectsName) = (State.Name, 0, false);
        }
        else if (_lead == Lead.Model)
        {
            output.Write(bytes[kept..at]);
            output.Write(edits.Model.Span);
            _state = State.ReplacedText;
        }
        else
        {
            _state = State.Text;
        }

        _lead = _state == State.Name ? _lead : Lead.Nowhere;
    }

    private void Open(ReadOnlySpan<byte> bytes, int at, ref int kept, ref EditedBytes output)
    {
        bool isObject = bytes[at] == (byte)'{';
        if (_lead == Lead.Embedding && !isObject)
        {
            output.Write(bytes[kept..at]);
            _vector!.Begin(ref output);
            (_state, _lead) = (State.Vector, Lead.Nowhere);
            return;
        }

        _depth++;
        if (_depth <= 3)
        {
            _objects = isObject ? _objects | 1 << _depth : _objects & ~(1 << _depth);
        }

        if (_depth == 2)
        {
            _inside = (_lead == Lead.Response && isObject) || (_lead == Lead.Data && !isObject) ? _lead : Lead.Nowhere;
        }

        (_expectsName, _lead) = (isObject, Lead.Nowhere);
    }

    private int PassName(ReadOnlySpan<byte> bytes, int at)
    {
        int found = bytes[at..].IndexOfAny(isEventStream ? InEventText : InText);
        int end = found < 0 ? bytes.Length : at + found;
        int room = Math.Min(end - at, MaxName - Math.Min(_nameLength, MaxName));
        bytes.Slice(at, room).CopyTo(_name.AsSpan(Math.Min(_nameLength, MaxName)));
        _nameLength += end - at;
        if (found < 0)
        {
            return end;
        }

        if (bytes[end] == Quote)
        {
            (_state, _lead) = (State.Structure, LeadOf(_nameLength > MaxName ? default : _name.AsSpan(0, _nameLength)));
            return end + 1;
        }

        // A name with an escape in it is none of ours; a line's end is for the text to see.
        _state = State.Text;
        return end;
    }

    private Lead LeadOf(ReadOnlySpan<byte> name) => _depth switch
    {
        1 when name.SequenceEqual("model"u8) && !edits.Model.IsEmpty => Lead.Model,
        1 when name.SequenceEqual("response"u8) && !edits.Model.IsEmpty && isEventStream => Lead.Response,
        1 when name.SequenceEqual("data"u8) && _vector is not null => Lead.Data,
        2 when name.SequenceEqual("model"u8) => Lead.Model,
        3 when name.SequenceEqual("embedding"u8) => Lead.Embedding,
        _ => Lead.Nowhere,
    };

    /// <summary>Passes a text to its end, or to the end of what came.</summary>
    private int PassText(ReadOnlySpan<byte> bytes, int at)
    {
        while (at < bytes.Length)
        {
            if (_isEscaped)
            {
                _isEscaped = false;
                at++;
                continue;
            }

            int found = bytes[at..].IndexOfAny(isEventStream ? InEventText : InText);
            if (found < 0)
            {
                return bytes.Length;
            }

            at += found + 1;
            switch (bytes[at - 1])
            {
                case Backslash:
                    _isEscaped = true;
                    break;
                case Quote:
                    _state = State.Structure;
                    return at;
                default:
                    // No JSON has a line's end within a text: whatever this is, the next event begins anew.
                    EndLine(bytes[at - 1]);
                    return at;
            }
        }

        return at;
    }

    /// <summary>The same, but the text was replaced: what follows it is kept from there on.</summary>
    private int DropText(ReadOnlySpan<byte> bytes, int at, ref int kept)
    {
        int end = PassText(bytes, at);
        kept = _state == State.LineStart ? end - 1 : end;
        return end;
    }

    private int TakeVector(ReadOnlySpan<byte> bytes, int at, ref int kept, ref EditedBytes output)
    {
        int taken = _vector!.Take(bytes[at..], ref output, out bool isWhole);
        _state = isWhole ? State.Structure : State.Vector;
        kept = at + taken;
        return kept;
    }
}
