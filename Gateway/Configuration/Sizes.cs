using System.Globalization;

namespace Gateway.Configuration;

/// <summary>Sizes in bytes as people write them: <c>65536</c>, <c>64KiB</c>, <c>1.5GiB</c>, <c>10MB</c>.</summary>
internal static class Sizes
{
    private static readonly (string Suffix, long Bytes)[] Units =
    [
        ("TiB", 1L << 40), ("GiB", 1L << 30), ("MiB", 1L << 20), ("KiB", 1L << 10),
        ("TB", 1_000_000_000_000), ("GB", 1_000_000_000), ("MB", 1_000_000), ("KB", 1_000), ("B", 1),
    ];

    public static bool TryParse(string text, out long bytes)
    {
        bytes = 0;
        ReadOnlySpan<char> number = text.AsSpan().Trim();
        long unit = 1;
        foreach ((string suffix, long size) in Units)
        {
            if (number.EndsWith(suffix, StringComparison.OrdinalIgnoreCase))
            {
                unit = size;
                number = number[..^suffix.Length].TrimEnd();
                break;
            }
        }

        if (!decimal.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal count)
            || count > long.MaxValue / unit
            || decimal.Truncate(count * unit) != count * unit)
        {
            return false;
        }

        bytes = (long)(count * unit);
        return true;
    }

    /// <summary>In the largest binary unit that divides it.</summary>
    public static string Format(long bytes)
    {
        foreach ((string suffix, long size) in Units.AsSpan(0, 4))
        {
            if (bytes >= size && bytes % size == 0)
            {
                return string.Create(CultureInfo.InvariantCulture, $"{bytes / size}{suffix}");
            }
        }

        return bytes.ToString(CultureInfo.InvariantCulture);
    }
}
