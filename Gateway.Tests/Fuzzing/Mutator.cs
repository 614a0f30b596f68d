using System.Text;

namespace Gateway.Tests.Fuzzing;

/// <summary>Makes inputs out of others: damaged, grown, cut, joined. The same seed makes the same inputs.</summary>
internal sealed class Mutator(Random dice, IReadOnlyList<string> words)
{
    private const int MaxLength = 1 << 16;

    /// <summary>At the edges of what readers keep numbers in.</summary>
    private static readonly string[] Numbers =
    [
        "0", "-0", "1", "-1", "255", "256", "65535", "65536", "2147483647", "2147483648", "-2147483649", "4294967296", "9223372036854775807",
        "9223372036854775808", "18446744073709551616", "1e999", "-1e999", "1e-999", "0.1", "1.7976931348623157e308", "NaN", "Infinity", "-Infinity",
        "00", "+1", "0x10", new string('9', 400),
    ];

    private static readonly byte[] Edges = [0, 1, 9, 10, 13, 32, 34, 44, 46, 47, 58, 59, 61, 92, 123, 125, 127, 128, 192, 237, 239, 240, 255];

    public byte[] Next(IReadOnlyList<byte[]> seeds)
    {
        List<byte> bytes = [.. seeds[dice.Next(seeds.Count)]];

        // One in sixteen stays whole: that reader and oracle agree on what is good must be seen, too.
        for (int times = dice.Next(16) == 0 ? 0 : dice.Next(1, 6); times > 0; times--)
        {
            Change(bytes, seeds);
        }

        if (bytes.Count > MaxLength)
        {
            bytes.RemoveRange(MaxLength, bytes.Count - MaxLength);
        }

        return [.. bytes];
    }

    private void Change(List<byte> bytes, IReadOnlyList<byte[]> seeds)
    {
        int at = dice.Next(bytes.Count + 1);
        int length = dice.Next(Math.Min(dice.Next(4) == 0 ? 4096 : 24, bytes.Count - at) + 1);
        switch (dice.Next(12))
        {
            case 0 when at < bytes.Count:
                bytes[at] ^= (byte)(1 << dice.Next(8));
                break;
            case 1 when at < bytes.Count:
                bytes[at] = Edges[dice.Next(Edges.Length)];
                break;
            case 2:
                bytes.RemoveRange(at, length);
                break;
            case 3:
                bytes.InsertRange(dice.Next(bytes.Count + 1), bytes.GetRange(at, length));
                break;
            case 4:
                Repeat(bytes, at, length);
                break;
            case 5:
                byte[] other = seeds[dice.Next(seeds.Count)];
                int from = dice.Next(other.Length + 1);
                bytes.InsertRange(at, other[from..dice.Next(from, other.Length + 1)]);
                break;
            case 6 when dice.Next(4) == 0:
                bytes.RemoveRange(at, bytes.Count - at);
                break;
            case 7:
                ReplaceNumber(bytes, at);
                break;
            case 8:
                bytes.Insert(at, (byte)dice.Next(256));
                break;
            default:
                InsertWord(bytes, at, length);
                break;
        }
    }

    private void Repeat(List<byte> bytes, int at, int length)
    {
        List<byte> part = bytes.GetRange(at, length);
        int times = dice.Next(8) == 0 ? dice.Next(2, 600) : dice.Next(2, 8);
        for (; times > 0 && bytes.Count < MaxLength; times--)
        {
            bytes.InsertRange(at, part);
        }
    }

    private void ReplaceNumber(List<byte> bytes, int at)
    {
        int start = bytes.FindIndex(at, static part => part is >= (byte)'0' and <= (byte)'9');
        if (start < 0)
        {
            return;
        }

        int end = bytes.FindIndex(start, static part => part is not (>= (byte)'0' and <= (byte)'9'));
        bytes.RemoveRange(start, (end < 0 ? bytes.Count : end) - start);
        bytes.InsertRange(start, Encoding.ASCII.GetBytes(Numbers[dice.Next(Numbers.Length)]));
    }

    private void InsertWord(List<byte> bytes, int at, int length)
    {
        if (words.Count == 0)
        {
            return;
        }

        if (dice.Next(2) == 0)
        {
            bytes.RemoveRange(at, length);
        }

        bytes.InsertRange(at, Encoding.UTF8.GetBytes(words[dice.Next(words.Count)]));
    }
}
