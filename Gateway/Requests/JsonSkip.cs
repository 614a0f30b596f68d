using System.Buffers;

namespace Gateway.Requests;

/// <summary>
/// Passes over an array or object of a JSON body, and checks on the way that it is one. The framework's reader takes a string behind its first
/// escape byte by byte, and every conversation is full of them: that was most of what a long body cost. Takes nothing that the framework's reader
/// would not, which has the last word on whatever this one does not take.
/// </summary>
internal ref struct JsonSkip
{
    /// <summary>End a string, begin an escape, or must not stand in one.</summary>
    private static readonly SearchValues<byte> Special = SearchValues.Create([.. Enumerable.Range(0, ' ').Select(static code => (byte)code), (byte)'"', (byte)'\\']);

    private readonly ReadOnlySequence<byte> _body;
    private SequencePosition _next;
    private ReadOnlySpan<byte> _piece;
    private int _at;

    /// <summary>Bytes in front of the piece.</summary>
    private long _before;

    private JsonSkip(in ReadOnlySequence<byte> body)
    {
        _body = body;
        _next = body.Start;
    }

    private enum Expected
    {
        FirstItem,
        Item,
        FirstName,
        Name,
        CommaOrEnd,
    }

    /// <param name="body">Of a body, what follows the bracket that begins the value.</param>
    /// <param name="isObject">Which bracket that was.</param>
    /// <param name="levels">How deep the value may be, itself counted; 256 at most.</param>
    /// <returns>Where in it the bracket is that ends the value; -1 when it is no JSON, or too deep.</returns>
    public static long EndOf(in ReadOnlySequence<byte> body, bool isObject, int levels)
    {
        Span<bool> isObjectAt = stackalloc bool[levels];
        return new JsonSkip(body).Pass(isObject, isObjectAt);
    }

    private long Pass(bool isObject, scoped Span<bool> isObjectAt)
    {
        int depth = 0;
        isObjectAt[0] = isObject;
        Expected expected = isObject ? Expected.FirstName : Expected.FirstItem;
        while (true)
        {
            int sign = NextSign();
            if (expected is Expected.FirstName or Expected.Name && sign == '"')
            {
                if (!PassString() || NextSign() != ':')
                {
                    return -1;
                }

                expected = Expected.Item;
            }
            else if (expected == Expected.CommaOrEnd && sign == ',')
            {
                expected = isObjectAt[depth] ? Expected.Name : Expected.Item;
            }
            else if (IsEnd(expected, sign, isObjectAt[depth]))
            {
                if (depth-- == 0)
                {
                    return _before + _at - 1;
                }

                expected = Expected.CommaOrEnd;
            }
            else if (expected is not (Expected.Item or Expected.FirstItem))
            {
                return -1;
            }
            else if (sign is '{' or '[')
            {
                if (++depth == isObjectAt.Length)
                {
                    return -1;
                }

                isObjectAt[depth] = sign == '{';
                expected = sign == '{' ? Expected.FirstName : Expected.FirstItem;
            }
            else if (sign == '"' ? PassString() : PassScalar(sign))
            {
                expected = Expected.CommaOrEnd;
            }
            else
            {
                return -1;
            }
        }
    }

    private static bool IsEnd(Expected expected, int sign, bool isObject) => isObject
        ? sign == '}' && expected is Expected.CommaOrEnd or Expected.FirstName
        : sign == ']' && expected is Expected.CommaOrEnd or Expected.FirstItem;

    /// <summary>Behind the quote that begins it.</summary>
    private bool PassString()
    {
        while (true)
        {
            int special = _piece[_at..].IndexOfAny(Special);
            if (special < 0)
            {
                _at = _piece.Length;
                if (Peek() < 0)
                {
                    return false;
                }

                continue;
            }

            byte sign = _piece[_at + special];
            _at += special + 1;
            if (sign == '"')
            {
                return true;
            }

            if (sign != '\\' || !PassEscape())
            {
                return false;
            }
        }
    }

    /// <summary>Behind the backslash.</summary>
    private bool PassEscape()
    {
        int kind = Next();
        if (kind != 'u')
        {
            return kind is '"' or '\\' or '/' or 'b' or 'f' or 'n' or 'r' or 't';
        }

        for (int i = 0; i < 4; i++)
        {
            if (Next() is not (>= '0' and <= '9' or >= 'a' and <= 'f' or >= 'A' and <= 'F'))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>A number or a word, behind its first sign. What follows it is looked at by whoever expects it.</summary>
    private bool PassScalar(int first) => first switch
    {
        't' => PassWord("rue"u8),
        'f' => PassWord("alse"u8),
        'n' => PassWord("ull"u8),
        _ => PassNumber(first),
    };

    private bool PassWord(ReadOnlySpan<byte> rest)
    {
        foreach (byte letter in rest)
        {
            if (Next() != letter)
            {
                return false;
            }
        }

        return true;
    }

    private bool PassNumber(int first)
    {
        int digit = first == '-' ? Next() : first;
        if (digit is < '0' or > '9')
        {
            return false;
        }

        if (digit != '0')
        {
            PassDigits();
        }

        if (Peek() == '.')
        {
            _at++;
            if (!PassDigits())
            {
                return false;
            }
        }

        if (Peek() is 'e' or 'E')
        {
            _at++;
            if (Peek() is '+' or '-')
            {
                _at++;
            }

            return PassDigits();
        }

        return true;
    }

    private bool PassDigits()
    {
        bool isAny = false;
        while (Peek() is >= '0' and <= '9')
        {
            _at++;
            isAny = true;
        }

        return isAny;
    }

    private int NextSign()
    {
        int sign;
        do
        {
            sign = Next();
        }
        while (sign is ' ' or '\t' or '\r' or '\n');

        return sign;
    }

    private int Next()
    {
        int sign = Peek();
        _at++;
        return sign;
    }

    /// <summary>-1 at the end.</summary>
    private int Peek()
    {
        while (_at >= _piece.Length)
        {
            _before += _piece.Length;
            _piece = default;
            _at = 0;
            if (!_body.TryGet(ref _next, out ReadOnlyMemory<byte> piece))
            {
                return -1;
            }

            _piece = piece.Span;
        }

        return _piece[_at];
    }
}
