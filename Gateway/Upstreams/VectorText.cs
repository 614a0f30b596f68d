using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Globalization;

namespace Gateway.Upstreams;

/// <summary>
/// Turns an array of numbers, in pieces as they come, into the base64 text of their little-endian single-precision floats. Each number is
/// read straight as such a float: by way of a double it could be rounded twice.
/// </summary>
internal sealed class VectorText
{
    /// <summary>More digits than any float is written with; bounds what one number may hold up.</summary>
    private const int MaxNumber = 256;

    /// <summary>A multiple of three bytes, so that only the last part may need padding.</summary>
    private const int MaxFloats = 96;

    private static readonly SearchValues<byte> NumberEnds = SearchValues.Create(",] \t\r\n"u8);

    private readonly byte[] _number = new byte[MaxNumber];
    private readonly byte[] _floats = new byte[MaxFloats * sizeof(float)];
    private int _numberLength;
    private int _floatsLength;

    /// <summary>Call at the array's opening bracket, which is not written.</summary>
    public void Begin(ref EditedBytes output)
    {
        (_numberLength, _floatsLength) = (0, 0);
        output.Write("\""u8);
    }

    /// <summary>Takes the array's bytes, from behind its opening bracket on, and returns how many; the array may end before they do.</summary>
    public int Take(ReadOnlySpan<byte> bytes, ref EditedBytes output, out bool isWhole)
    {
        int at = 0;
        isWhole = false;
        while (at < bytes.Length)
        {
            int length = bytes[at..].IndexOfAny(NumberEnds);
            if (length < 0)
            {
                Keep(bytes[at..]);
                return bytes.Length;
            }

            AddNumber(bytes.Slice(at, length), ref output);
            at += length + 1;
            if (bytes[at - 1] == (byte)']')
            {
                Flush(ref output, isLast: true);
                output.Write("\""u8);
                isWhole = true;
                return at;
            }
        }

        return at;
    }

    private void AddNumber(ReadOnlySpan<byte> rest, ref EditedBytes output)
    {
        if (_numberLength > 0)
        {
            Keep(rest);
            rest = _number.AsSpan(0, _numberLength);
            _numberLength = 0;
        }

        if (rest.IsEmpty)
        {
            return;
        }

        if (rest.Length > MaxNumber || !float.TryParse(rest, NumberStyles.Float, CultureInfo.InvariantCulture, out float number))
        {
            throw NoVector();
        }

        BinaryPrimitives.WriteSingleLittleEndian(_floats.AsSpan(_floatsLength), number);
        _floatsLength += sizeof(float);
        if (_floatsLength == _floats.Length)
        {
            Flush(ref output, isLast: false);
        }
    }

    private void Keep(ReadOnlySpan<byte> part)
    {
        if (part.Length > MaxNumber - _numberLength)
        {
            throw NoVector();
        }

        part.CopyTo(_number.AsSpan(_numberLength));
        _numberLength += part.Length;
    }

    private void Flush(ref EditedBytes output, bool isLast)
    {
        Span<byte> text = stackalloc byte[MaxFloats * sizeof(float) / 3 * 4];
        Base64.EncodeToUtf8(_floats.AsSpan(0, _floatsLength), text, out _, out int written, isLast);
        output.Write(text[..written]);
        _floatsLength = 0;
    }

    private static HttpRequestException NoVector() =>
        new(HttpRequestError.InvalidResponse, "The upstream's embedding is neither an array of numbers nor a text.");
}
