using System.Text;

namespace Gateway.Listeners;

/// <summary>
/// Reads a <c>Connection</c> so that the names in it are still there when headers are passed on. Where the server finds exactly one of the words
/// that it knows, in whichever line, it puts that word in the place of all lines. So a line that names headers says two more, which the server
/// takes for what <c>close</c> alone would mean: after such a request the connection ends, as any may at any time (RFC 9112, 9.6).
/// </summary>
internal sealed class ConnectionEncoding : Encoding
{
    private const string Kept = ", close, keep-alive";

    public override int GetByteCount(char[] chars, int index, int count) => Latin1.GetByteCount(chars, index, count);

    public override int GetBytes(char[] chars, int charIndex, int charCount, byte[] bytes, int byteIndex) =>
        Latin1.GetBytes(chars, charIndex, charCount, bytes, byteIndex);

    public override int GetCharCount(byte[] bytes, int index, int count) => count + (NamesHeaders(bytes.AsSpan(index, count)) ? Kept.Length : 0);

    public override int GetChars(byte[] bytes, int byteIndex, int byteCount, char[] chars, int charIndex)
    {
        int length = Latin1.GetChars(bytes, byteIndex, byteCount, chars, charIndex);
        if (!NamesHeaders(bytes.AsSpan(byteIndex, byteCount)))
        {
            return length;
        }

        Kept.CopyTo(chars.AsSpan(charIndex + length));
        return length + Kept.Length;
    }

    public override int GetMaxByteCount(int charCount) => charCount;

    public override int GetMaxCharCount(int byteCount) => byteCount + Kept.Length;

    /// <summary>Those that stop here by their own name need not be kept: libraries name them in every request.</summary>
    private static bool NamesHeaders(ReadOnlySpan<byte> line)
    {
        // All that most callers ever say.
        if (Is(line, "keep-alive"u8) || Is(line, "close"u8))
        {
            return false;
        }

        foreach (Range range in line.Split((byte)','))
        {
            ReadOnlySpan<byte> token = line[range].Trim(" \t"u8);
            if (!token.IsEmpty && !Is(token, "keep-alive"u8) && !Is(token, "close"u8) && !Is(token, "upgrade"u8) && !Is(token, "te"u8)
                && !Is(token, "http2-settings"u8))
            {
                return true;
            }
        }

        return false;
    }

    private static bool Is(ReadOnlySpan<byte> token, ReadOnlySpan<byte> name) => Ascii.EqualsIgnoreCase(token, name);
}
