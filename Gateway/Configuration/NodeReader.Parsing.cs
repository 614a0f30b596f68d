using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Gateway.Configuration;

/// <summary>From a JSON value to a typed one; no reports, no rules.</summary>
internal sealed partial class NodeReader
{
    private static TryRead<T?> Lift<T>(TryRead<T> read)
        where T : struct =>
        (JsonNode value, out T? result) =>
        {
            bool valid = read(value, out T plain);
            result = plain;
            return valid;
        };

    private static TryRead<string> Checked(Predicate<string> isValid) =>
        (JsonNode value, out string result) => TryText(value, out result) && isValid(result);

    private static TryRead<int> WholeIn(int min, int max) =>
        (JsonNode value, out int result) => TryWhole(value, out result) && result >= min && result <= max;

    private static TryRead<TimeSpan> DurationIn(string min, string max)
    {
        (TimeSpan least, TimeSpan most) = (DurationOf(min), DurationOf(max));
        return (JsonNode value, out TimeSpan result) => TryDuration(value, out result) && result >= least && result <= most;
    }

    private static TryRead<long> SizeIn(string min, string max)
    {
        (long least, long most) = (SizeOf(min), SizeOf(max));
        return (JsonNode value, out long result) => TrySize(value, out result) && result >= least && result <= most;
    }

    private static TryRead<T> ChoiceOf<T>(IReadOnlyList<(string Text, T Value)> choices) =>
        (JsonNode value, out T result) =>
        {
            result = default!;
            if (!TryText(value, out string text))
            {
                return false;
            }

            foreach ((string name, T choice) in choices)
            {
                if (string.Equals(name, text, StringComparison.OrdinalIgnoreCase))
                {
                    result = choice;
                    return true;
                }
            }

            return false;
        };

    private static bool TryText(JsonNode value, out string text)
    {
        text = "";
        return value is JsonValue scalar && scalar.GetValueKind() == JsonValueKind.String && scalar.TryGetValue(out text!);
    }

    private static bool TryNumber(JsonNode value, out double number)
    {
        string text = value.GetValueKind() == JsonValueKind.Number ? value.ToJsonString() : TryText(value, out string written) ? written : "";
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out number) && double.IsFinite(number);
    }

    // By way of double, so that 8.0 counts as the whole number it is.
    private static bool TryWhole(JsonNode value, out int number)
    {
        bool valid = TryNumber(value, out double wide) && wide == Math.Truncate(wide) && Math.Abs(wide) <= int.MaxValue;
        number = valid ? (int)wide : 0;
        return valid;
    }

    private static bool TryFlag(JsonNode value, out bool flag)
    {
        bool isFlag = value.GetValueKind() is JsonValueKind.True or JsonValueKind.False;
        string text = isFlag ? value.ToJsonString() : TryText(value, out string written) ? written.Trim() : "";
        flag = text is "1" || text.Equals("true", StringComparison.OrdinalIgnoreCase);
        return flag || text is "0" || text.Equals("false", StringComparison.OrdinalIgnoreCase);
    }

    private static bool TryDuration(JsonNode value, out TimeSpan duration)
    {
        if (TryText(value, out string text))
        {
            return Durations.TryParse(text, out duration);
        }

        duration = default;
        return TryNumber(value, out double seconds) && Durations.TryFromSeconds(seconds, out duration);
    }

    private static bool TrySize(JsonNode value, out long bytes)
    {
        string text = TryText(value, out string written) ? written : value.GetValueKind() == JsonValueKind.Number ? value.ToJsonString() : "";
        return Sizes.TryParse(text, out bytes);
    }

    private static TimeSpan DurationOf(string text) => Durations.TryParse(text, out TimeSpan duration) ? duration : throw new FormatException(text);

    private static long SizeOf(string text) => Sizes.TryParse(text, out long bytes) ? bytes : throw new FormatException(text);
}
