using System.Globalization;
using System.Net.Http.Headers;
using Gateway.Configuration;

namespace Gateway.Upstreams;

/// <summary>
/// Reads when to come back in the headers of a refused call, in every dialect. What is absent, not positive (Azure writes 0 and -1 for
/// "unknown") or no time at all is unknown; what is absurdly long is cut.
/// </summary>
internal static class LimitHeaders
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);
    private static readonly TimeSpan LongestVenice = TimeSpan.FromHours(1);

    /// <summary>Numbers from here on are points in time: no window lasts 30 years, and no epoch in ms is as small as one in s.</summary>
    private const double FirstEpochSeconds = 1e9;
    private const double FirstEpochMilliseconds = 1e11;

    /// <summary>
    /// Asked to come back later is asked, whatever the status. What a window says matters only where a limit was the reason: every answer
    /// tells its windows, and an overloaded server's empty one is a coincidence.
    /// </summary>
    public static LimitSigns Read(HttpHeadersNonValidated headers, int status, ProviderType provider, DateTimeOffset now)
    {
        TimeSpan? asked = Milliseconds(Value(headers, "retry-after-ms")) ?? SecondsOrDate(Value(headers, "retry-after"), now);
        if (status != StatusCodes.Status429TooManyRequests)
        {
            return new LimitSigns(asked, IsWindowEmpty: false);
        }

        TimeSpan? window = EmptyWindow(headers, out bool isEmpty);
        if (asked is null && provider == ProviderType.Venice)
        {
            asked = VeniceReset(Value(headers, "x-ratelimit-reset-requests"), now);
        }

        return new LimitSigns(asked ?? window, isEmpty);
    }

    /// <summary>Reads what is left in the headers of an answer. Negative numbers stand for "unknown".</summary>
    public static LimitLeft Left(HttpHeadersNonValidated headers, ProviderType provider, DateTimeOffset now)
    {
        long? tokens = Number(Value(headers, "x-ratelimit-remaining-tokens")) is >= 0 and < long.MaxValue and var left ? (long)left : null;
        TimeSpan? requestsReset = null;
        if (Number(Value(headers, "x-ratelimit-remaining-requests")) is 0 && Number(Value(headers, "x-ratelimit-limit-requests")) is > 0)
        {
            requestsReset = provider == ProviderType.Venice
                ? VeniceReset(Value(headers, "x-ratelimit-reset-requests"), now)
                : Reset(headers, "x-ratelimit-reset-requests");
        }

        return new LimitLeft(tokens, tokens is null ? null : Reset(headers, "x-ratelimit-reset-tokens"), requestsReset);
    }

    private static TimeSpan? Reset(HttpHeadersNonValidated headers, string name) =>
        Value(headers, name) is { } text && Durations.TryParse(text, out TimeSpan duration) ? Bounded(duration, Longest) : null;

    /// <summary>Of the windows that say they are empty, the last to fill up again decides.</summary>
    private static TimeSpan? EmptyWindow(HttpHeadersNonValidated headers, out bool isEmpty)
    {
        TimeSpan? requests = Window(headers, "x-ratelimit-remaining-requests", "x-ratelimit-reset-requests", out bool noRequests);
        TimeSpan? tokens = Window(headers, "x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens", out bool noTokens);
        isEmpty = noRequests || noTokens;
        return requests is null || tokens > requests ? tokens : requests;
    }

    private static TimeSpan? Window(HttpHeadersNonValidated headers, string remaining, string reset, out bool isEmpty)
    {
        isEmpty = Value(headers, remaining) is { } left && left.Trim() == "0";
        return isEmpty ? Reset(headers, reset) : null;
    }

    private static TimeSpan? Milliseconds(string? text) => Number(text) is { } milliseconds ? Bounded(milliseconds / 1000, Longest) : null;

    private static TimeSpan? SecondsOrDate(string? text, DateTimeOffset now)
    {
        if (Number(text) is { } seconds)
        {
            return Bounded(seconds, Longest);
        }

        return DateTimeOffset.TryParseExact(text?.Trim(), "r", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset date)
            ? Bounded(date - now, Longest)
            : null;
    }

    /// <summary>Venice tells a point in time (in ms or s), a number of seconds, or a duration.</summary>
    private static TimeSpan? VeniceReset(string? text, DateTimeOffset now)
    {
        double seconds;
        if (Number(text) is { } number)
        {
            seconds = number switch
            {
                >= FirstEpochMilliseconds => (number - now.ToUnixTimeMilliseconds()) / 1000,
                >= FirstEpochSeconds => number - (now.ToUnixTimeMilliseconds() / 1000.0),
                _ when number < LongestVenice.TotalSeconds => number,
                _ => double.NaN,
            };
        }
        else
        {
            seconds = text is not null && Durations.TryParse(text, out TimeSpan duration) ? duration.TotalSeconds : double.NaN;
        }

        return double.IsNaN(seconds) ? null : TimeSpan.FromSeconds(Math.Clamp(seconds, 1, LongestVenice.TotalSeconds));
    }

    /// <summary>Not negative: whatever the styles say, <c>-Infinity</c> and <c>NaN</c> are read, too.</summary>
    private static double? Number(string? text) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out double number)
        && number >= 0
            ? number
            : null;

    private static TimeSpan? Bounded(double seconds, TimeSpan longest) =>
        seconds >= longest.TotalSeconds ? longest : Bounded(TimeSpan.FromSeconds(seconds), longest);

    private static TimeSpan? Bounded(TimeSpan duration, TimeSpan longest) =>
        duration <= TimeSpan.Zero ? null : duration < longest ? duration : longest;

    private static string? Value(HttpHeadersNonValidated headers, string name)
    {
        if (!headers.TryGetValues(name, out HeaderStringValues values))
        {
            return null;
        }

        foreach (string value in values)
        {
            return value;
        }

        return null;
    }
}
