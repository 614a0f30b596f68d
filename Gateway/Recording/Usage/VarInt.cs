using System.Buffers;

namespace Gateway.Recording.Usage;

/// <summary>Numbers from 0 up in as few bytes as they need: seven bits each, the lowest first. Most sums of a minute are small.</summary>
internal static class VarInt
{
    private const int MaxBytes = 9;

    public static void Write(IBufferWriter<byte> output, long value)
    {
        Span<byte> bytes = output.GetSpan(MaxBytes);
        int length = 0;
        for (; value >= 0x80; value >>= 7)
        {
            bytes[length++] = (byte)(value | 0x80);
        }

        bytes[length++] = (byte)value;
        output.Advance(length);
    }

    /// <summary>False when there is none, or a greater one than there may be.</summary>
    public static bool TryRead(ref ReadOnlySpan<byte> input, long most, out long value)
    {
        value = 0;
        for (int i = 0; i < Math.Min(MaxBytes, input.Length); i++)
        {
            value |= (long)(input[i] & 0x7f) << (7 * i);
            if (input[i] < 0x80)
            {
                input = input[(i + 1)..];
                return value <= most;
            }
        }

        return false;
    }
}
