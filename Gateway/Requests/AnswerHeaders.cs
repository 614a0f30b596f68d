using System.Globalization;
using Gateway.Recording;

namespace Gateway.Requests;

/// <summary>The headers by which an answer tells its way through the gateway.</summary>
internal static class AnswerHeaders
{
    /// <summary>Call when the answer is about to start, whoever made it.</summary>
    public static void Stamp(IHeaderDictionary headers, Exchange exchange)
    {
        AccessRecord record = exchange.Record;
        headers["x-gateway-tier"] = Text(record.Priority);
        headers["x-gateway-queue-ms"] = Text((long)record.Queued.TotalMilliseconds);
        headers["x-gateway-attempts"] = Text(record.Attempts);
        if (record.Instance is not null)
        {
            headers["x-gateway-instance"] = record.Instance;
        }

        QuotaHeaders.Stamp(headers, exchange);
    }

    /// <summary>
    /// For answers that the gateway itself makes, never for an upstream's: nobody keeps them, and a browser takes them for nothing but data.
    /// </summary>
    public static void Secure(IHeaderDictionary headers)
    {
        headers.CacheControl = "no-store";
        headers.XContentTypeOptions = "nosniff";
        headers.ContentSecurityPolicy = "default-src 'none'; frame-ancestors 'none'";
        headers["Referrer-Policy"] = "no-referrer";
    }

    private static string Text(long number) => number switch
    {
        0 => "0",
        1 => "1",
        _ => number.ToString(CultureInfo.InvariantCulture),
    };
}
