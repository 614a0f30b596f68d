using System.Globalization;

namespace Gateway.Requests;

/// <summary>The <c>x-ratelimit-*</c> headers, as OpenAI writes them. A caller with a limit here is told of that one, and not of the upstream's, which all callers share.</summary>
internal static class QuotaHeaders
{
    public static void Stamp(IHeaderDictionary headers, Exchange exchange)
    {
        if (exchange.RequestQuota is { } requests)
        {
            headers["x-ratelimit-limit-requests"] = Text(requests.Limit);
            headers["x-ratelimit-remaining-requests"] = Text(requests.Remaining);
            headers["x-ratelimit-reset-requests"] = Text(requests.Reset);
        }

        if (exchange.TokenQuota is { } tokens)
        {
            headers["x-ratelimit-limit-tokens"] = Text(tokens.Limit);
            headers["x-ratelimit-remaining-tokens"] = Text(tokens.Remaining);
            headers["x-ratelimit-reset-tokens"] = Text(tokens.Reset);
        }
    }

    /// <summary>As <c>12ms</c>, <c>8.64s</c>, <c>6m0s</c>.</summary>
    public static string Text(TimeSpan time)
    {
        long milliseconds = (long)Math.Ceiling(time.TotalMilliseconds);
        if (milliseconds < 1000)
        {
            return string.Create(CultureInfo.InvariantCulture, $"{milliseconds}ms");
        }

        long minutes = milliseconds / 60_000;
        decimal seconds = milliseconds % 60_000 / 1000m;
        return minutes == 0
            ? string.Create(CultureInfo.InvariantCulture, $"{seconds:0.###}s")
            : string.Create(CultureInfo.InvariantCulture, $"{minutes}m{seconds:0.###}s");
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
