using System.Buffers.Text;
using System.Collections.Frozen;
using System.Globalization;
using System.Text;
using Gateway.Recording;

namespace Gateway.Requests;

/// <summary>The <c>x-ratelimit-*</c> headers, as OpenAI writes them. A caller with a limit here is told of that one, and not of the upstream's, which all callers share.</summary>
internal static class QuotaHeaders
{
    private static readonly FrozenSet<string> OfRequests = Names("requests");
    private static readonly FrozenSet<string> OfTokens = Names("tokens");

    /// <summary>The caller is told of a limit here by this name, so the upstream's need not pass.</summary>
    public static bool Replaces(string name, Exchange exchange) =>
        (exchange.RequestQuota is not null && OfRequests.Contains(name)) || (exchange.TokenQuota is not null && OfTokens.Contains(name));

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
        Span<byte> text = stackalloc byte[2 * ThousandthsText.MaxLength];
        int length = 0;
        if (milliseconds < 1000)
        {
            Utf8Formatter.TryFormat(milliseconds, text, out length);
            text[length++] = (byte)'m';
        }
        else
        {
            if (milliseconds >= 60_000)
            {
                Utf8Formatter.TryFormat(milliseconds / 60_000, text, out length);
                text[length++] = (byte)'m';
            }

            length += ThousandthsText.Write(milliseconds % 60_000, text[length..]);
        }

        text[length++] = (byte)'s';
        return Encoding.ASCII.GetString(text[..length]);
    }

    private static FrozenSet<string> Names(string what) =>
        new[] { $"x-ratelimit-limit-{what}", $"x-ratelimit-remaining-{what}", $"x-ratelimit-reset-{what}" }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
