using System.Buffers;

namespace Gateway.Upstreams;

/// <summary>The lines of an event stream: which bytes are an event's JSON, and where it ends.</summary>
internal sealed partial class AnswerEditor
{
    private static readonly SearchValues<byte> LineEnds = SearchValues.Create("\r\n"u8);

    private int _lineLength;
    private bool _sawReturn;

    private int PassLineStart(ReadOnlySpan<byte> bytes, int at)
    {
        ReadOnlySpan<byte> field = "data:"u8;
        byte next = bytes[at];
        if (_lineLength == 0 && next is (byte)'\n' or (byte)'\r')
        {
            bool isRestOfLineEnd = next == (byte)'\n' && _sawReturn;
            _sawReturn = next == (byte)'\r';
            if (!isRestOfLineEnd)
            {
                EndEvent();
            }

            return at + 1;
        }

        _sawReturn = false;
        if (next == field[_lineLength])
        {
            _lineLength++;
            _state = _lineLength == field.Length ? State.Structure : State.LineStart;
            return at + 1;
        }

        // Bytes of a byte order mark at the very beginning are no part of the field's name.
        bool isMark = _lineLength == 0 && next is 0xEF or 0xBB or 0xBF;
        _state = isMark ? State.LineStart : State.OtherLine;
        return isMark ? at + 1 : at;
    }

    private int PassLine(ReadOnlySpan<byte> bytes, int at)
    {
        int found = bytes[at..].IndexOfAny(LineEnds);
        if (found < 0)
        {
            return bytes.Length;
        }

        EndLine(bytes[at + found]);
        return at + found + 1;
    }

    /// <summary>An event's JSON may go on in its next line of data.</summary>
    private void EndLine(byte end) => (_state, _lineLength, _sawReturn, _isEscaped) = (State.LineStart, 0, end == (byte)'\r', false);

    private void EndEvent() => (_depth, _objects, _expectsName, _lead, _inside, _isEscaped) = (0, 0, false, Lead.Nowhere, Lead.Nowhere, false);
}
