using System.Buffers.Text;

namespace Gateway.Recording;

/// <summary>
/// A number of thousandths as a decimal number with as many digits behind the point as it has, three at most: made of whole numbers, which costs a
/// fraction of what a floating-point one does.
/// </summary>
internal static class ThousandthsText
{
    /// <summary>More bytes than it ever has.</summary>
    public const int MaxLength = 24;

    private const int TicksPerMicrosecond = 10;

    /// <summary>A length of time in milliseconds.</summary>
    /// <param name="time">Zero or more; rounded to microseconds.</param>
    /// <param name="output">Room for <see cref="MaxLength"/>.</param>
    /// <returns>Bytes written.</returns>
    public static int WriteMilliseconds(TimeSpan time, Span<byte> output) => Write((time.Ticks + (TicksPerMicrosecond / 2)) / TicksPerMicrosecond, output);

    /// <param name="thousandths">Zero or more.</param>
    /// <param name="output">Room for <see cref="MaxLength"/>.</param>
    /// <returns>Bytes written.</returns>
    public static int Write(long thousandths, Span<byte> output)
    {
        (long whole, long rest) = Math.DivRem(thousandths, 1000);
        Utf8Formatter.TryFormat(whole, output, out int length);
        if (rest > 0)
        {
            output[length++] = (byte)'.';
            for (long unit = 100; rest > 0; unit /= 10)
            {
                output[length++] = (byte)('0' + (rest / unit));
                rest %= unit;
            }
        }

        return length;
    }
}
