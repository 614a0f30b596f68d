using System.Collections.Frozen;
using Microsoft.Extensions.Primitives;

namespace Gateway.Caching;

/// <summary>Which of an answer's headers are true of it for another request too, and which answers depend on more than their key. Pure.</summary>
internal static class AnswerHeaderRules
{
    /// <summary>Of one message, one request or one upstream's moment.</summary>
    private static readonly FrozenSet<string> OfOneRequest = new[]
    {
        "Date", "Age", "Content-Length", "Set-Cookie", "x-request-id", "apim-request-id", "x-ms-client-request-id", "x-ms-request-id", "cf-ray",
        "cf-cache-status", "openai-processing-ms", "x-envoy-upstream-service-time", "traceparent", "X-Cache", "X-Cache-Key", "X-Cache-Timestamp", "X-Proxy",
        "x-gateway-tier", "x-gateway-queue-ms", "x-gateway-attempts", "x-gateway-instance",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>May it stand on the answer to another request?</summary>
    public static bool IsShared(string name) => !OfOneRequest.Contains(name) && !name.StartsWith("x-ratelimit-", StringComparison.OrdinalIgnoreCase);

    public static KeyValuePair<string, StringValues>[] SharedOf(IEnumerable<KeyValuePair<string, StringValues>> headers) =>
        [.. headers.Where(static header => IsShared(header.Key))];

    /// <summary>The answer depends on something that is not in the key.</summary>
    public static bool VariesBeyondKey(StringValues vary)
    {
        foreach (string? value in vary)
        {
            foreach (Range range in value.AsSpan().Split(','))
            {
                ReadOnlySpan<char> name = value.AsSpan()[range].Trim();
                if (!name.IsEmpty && !CacheKeyHash.Covers(name))
                {
                    return true;
                }
            }
        }

        return false;
    }
}
