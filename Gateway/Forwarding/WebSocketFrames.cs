namespace Gateway.Forwarding;

/// <summary>
/// Follows one direction of a WebSocket by the lengths of its frames, to know where a frame of our own would fit (RFC 6455, 5.2).
/// </summary>
/// <param name="usage">Reads what an upstream says of tokens; null: nothing else in the frames is read.</param>
/// <param name="isExtended">An extension was agreed on, which may give a meaning to what has none of its own.</param>
internal sealed class WebSocketFrames(RealtimeUsage? usage = null, bool isExtended = false)
{
    private const int Final = 0x80;
    private const int Compressed = 0x40;
    private const int FinalAndReserved = 0xF0;
    private const int Reserved = 0x70;
    private const int Masked = 0x80;
    private const int MaskLength = 4;
    private const int Continuation = 0x0;
    private const int Text = 0x1;
    private const int Binary = 0x2;
    private const int Close = 0x8;
    private const int Pong = 0xA;
    private const int MaxControlLength = 125;

    private ulong _payloadLeft;
    private ulong _length;
    private int _lengthBytesLeft;
    private int _maskBytesLeft;
    private Place _place;
    private byte _first;
    private byte _second;
    private bool _isInMessage;

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

    /// <summary>Something in it was no frame that a caller may send (RFC 6455, 5): whoever gets that ends the connection, as it must.</summary>
    public bool IsIllegalOfCaller { get; private set; }

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
            IsIllegalOfCaller |= !IsLegalStart(part);
            if (IsData && Opcode != Continuation)
            {
                usage?.Begin(isReadable: Opcode == Text && (part & Compressed) == 0);
            }

            return;
        }

        if (_place == Place.Second)
        {
            _second = part;
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
            IsIllegalOfCaller |= (_second & Masked) == 0 || !IsLegalLength;
        }
    }

    /// <summary>A message begins and goes on in order; what controls stands alone.</summary>
    private bool IsLegalStart(byte first)
    {
        bool isFinal = (first & Final) != 0;
        bool isKnown = Opcode is <= Binary or (>= Close and <= Pong);
        bool isInOrder = IsData ? _isInMessage == (Opcode == Continuation) : isFinal;
        _isInMessage = IsData ? !isFinal : _isInMessage;
        return isInOrder && (isExtended || (isKnown && (first & Reserved) == 0));
    }

    /// <summary>In as few bytes as it takes, and not beyond what a signed number tells (5.2).</summary>
    private bool IsLegalLength => (_second & ~Masked) switch
    {
        126 => IsData && _length > MaxControlLength,
        127 => IsData && _length is > ushort.MaxValue and <= long.MaxValue,
        _ => true,
    };
}
