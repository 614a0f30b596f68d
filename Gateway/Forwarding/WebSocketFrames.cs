namespace Gateway.Forwarding;

/// <summary>
/// Follows one direction of a WebSocket by the lengths of its frames, to know where a frame of our own would fit (RFC 6455, 5.2).
/// </summary>
/// <param name="usage">Reads what an upstream says of tokens; null: nothing else in the frames is read.</param>
internal sealed class WebSocketFrames(RealtimeUsage? usage = null)
{
    private const int Final = 0x80;
    private const int Compressed = 0x40;
    private const int FinalAndReserved = 0xF0;
    private const int Masked = 0x80;
    private const int MaskLength = 4;
    private const int Continuation = 0x0;
    private const int Text = 0x1;
    private const int Close = 0x8;

    private ulong _payloadLeft;
    private ulong _length;
    private int _lengthBytesLeft;
    private int _maskBytesLeft;
    private Place _place;
    private byte _first;

    private enum Place
    {
        First,
        Second,
        RestOfHeader,
        Payload,
    }

    /// <summary>The next byte begins a frame.</summary>
    public bool IsBetweenFrames => _place == Place.First;

    /// <summary>This side has said goodbye: no frame may follow.</summary>
    public bool HasClosed { get; private set; }

    public void Pass(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            if (_place == Place.Payload)
            {
                int passed = (int)Math.Min(_payloadLeft, (ulong)bytes.Length);
                _payloadLeft -= (ulong)passed;
                if (IsData)
                {
                    usage?.Add(bytes[..passed]);
                }

                bytes = bytes[passed..];
            }
            else
            {
                PassHeader(bytes[0]);
                bytes = bytes[1..];
            }

            if (_place == Place.Payload && _payloadLeft == 0)
            {
                _place = Place.First;
                if (IsData && (_first & Final) != 0)
                {
                    usage?.End();
                }
            }
        }
    }

    private int Opcode => _first & ~FinalAndReserved;

    /// <summary>Of a message; a control frame may stand between two of them.</summary>
    private bool IsData => Opcode < Close;

    private void PassHeader(byte part)
    {
        if (_place == Place.First)
        {
            _first = part;
            _place = Place.Second;
            HasClosed |= Opcode == Close;
            if (IsData && Opcode != Continuation)
            {
                usage?.Begin(isReadable: Opcode == Text && (part & Compressed) == 0);
            }

            return;
        }

        if (_place == Place.Second)
        {
            int length = part & ~Masked;
            _lengthBytesLeft = length switch { 126 => sizeof(ushort), 127 => sizeof(ulong), _ => 0 };
            _length = _lengthBytesLeft == 0 ? (ulong)length : 0;
            _maskBytesLeft = (part & Masked) != 0 ? MaskLength : 0;
            _place = Place.RestOfHeader;
        }
        else if (_lengthBytesLeft > 0)
        {
            _length = (_length << 8) | part;
            _lengthBytesLeft--;
        }
        else
        {
            _maskBytesLeft--;
        }

        if (_lengthBytesLeft == 0 && _maskBytesLeft == 0)
        {
            _payloadLeft = _length;
            _place = Place.Payload;
        }
    }
}
