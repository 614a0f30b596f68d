using System.Text;

namespace Gateway.Listeners;

/// <summary>
/// Reads a <c>Content-Length</c> for the server, which takes a sign before it, and throws at what is too long for its buffer, where it should
/// refuse both. What is no length by RFC 9110, 8.6, becomes a text that it refuses.
/// </summary>
internal sealed class LengthEncoding : ASCIIEncoding
{
    /// <summary>Of the largest length there is.</summary>
    private const int MostDigits = 19;

    public override int GetChars(ReadOnlySpan<byte> bytes, Span<char> chars)
    {
        if (bytes.Length is 0 or > MostDigits || bytes.ContainsAnyExceptInRange((byte)'0', (byte)'9'))
        {
            chars[0] = '?';
            return 1;
        }

        return base.GetChars(bytes, chars);
    }
}
