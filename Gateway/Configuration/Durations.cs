using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Gateway.Configuration;

/// <summary>Durations as people write them: <c>300ms</c>, <c>1h30m</c>, <c>00:05:00</c>, or a number of seconds.</summary>
internal static partial class Durations
{
    // A century: longer is a typing error, and TimeSpan arithmetic stays far from its end.
    private const double MaxSeconds = 100 * 365.25 * 24 * 3600;

    private static readonly (string Suffix, double Seconds)[] Units = [("d", 86400), ("h", 3600), ("m", 60), ("s", 1), ("ms", 1e-3), ("us", 1e-6)];

    public static bool TryParse(string text, out TimeSpan duration)
    {
        duration = default;
        text = text.Trim();
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double seconds))
        {
            return TryFromSeconds(seconds, out duration);
        }

        if (text.Contains(':', StringComparison.Ordinal))
        {
            bool isTime = TimeSpan.TryParseExact(
                text, [@"h\:mm\:ss", @"h\:mm\:ss\.FFFFFFF", @"d\.h\:mm\:ss"], CultureInfo.InvariantCulture, out TimeSpan time) && time.TotalSeconds <= MaxSeconds;
            duration = isTime ? time : default;
            return isTime;
        }

        Match match = GoDuration().Match(text);
        if (!match.Success)
        {
            return false;
        }

        CaptureCollection numbers = match.Groups["number"].Captures;
        CaptureCollection units = match.Groups["unit"].Captures;
        double total = 0;
        for (int i = 0; i < numbers.Count; i++)
        {
            total += double.Parse(numbers[i].ValueSpan, CultureInfo.InvariantCulture) * Array.Find(Units, u => u.Suffix == units[i].Value).Seconds;
        }

        return TryFromSeconds(total, out duration);
    }

    public static bool TryFromSeconds(double seconds, out TimeSpan duration)
    {
        bool fits = double.IsFinite(seconds) && Math.Abs(seconds) <= MaxSeconds;
        duration = fits ? TimeSpan.FromSeconds(seconds) : default;
        return fits;
    }

    /// <summary>The shortest text that reads back as the same duration.</summary>
    public static string Format(TimeSpan duration)
    {
        if (duration == TimeSpan.Zero)
        {
            return "0s";
        }

        var text = new StringBuilder();
        long left = duration.Ticks;
        foreach ((string suffix, double seconds) in Units)
        {
            long unit = (long)(seconds * TimeSpan.TicksPerSecond);
            if (left / unit is > 0 and var count)
            {
                text.Append(CultureInfo.InvariantCulture, $"{count}{suffix}");
                left -= count * unit;
            }
        }

        if (left > 0)
        {
            // Tenths of a microsecond: finer is no clock.
            text.Append(CultureInfo.InvariantCulture, $"0.{left}us");
        }

        return text.ToString();
    }

    [GeneratedRegex(@"^(?:(?<number>[0-9]+(?:\.[0-9]+)?)(?<unit>ms|us|[dhms]))+\z")]
    private static partial Regex GoDuration();
}
