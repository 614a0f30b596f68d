using Gateway.Configuration;
using Gateway.Requests;
using Microsoft.Extensions.Primitives;

namespace Gateway.Caching;

/// <summary>Which requests have to do with the cache. Pure.</summary>
internal static class CacheRules
{
    public static CacheDecision Decide(CacheOptions options, string method, IHeaderDictionary headers, ApiRoute route, ApiRequest request)
    {
        AnswerKind kind = KindOf(method, request);
        bool isKept = kind switch
        {
            AnswerKind.Embeddings or AnswerKind.Models => true,
            AnswerKind.Choices => options.Policy == CachePolicy.Aggressive || (request.Facts.IsTemperatureZero && request.Facts.HasSeed),
            AnswerKind.Read => options.Policy == CachePolicy.Aggressive,
            _ => false,
        };
        if (!isKept || route.IsWebSocket || request.Body.IsSpilled || AsksForPart(headers))
        {
            return default;
        }

        return new CacheDecision(UseOf(headers.CacheControl), kind, kind == AnswerKind.Models ? options.ModelsTtl : options.Ttl);
    }

    private static AnswerKind KindOf(string method, ApiRequest request)
    {
        if (HttpMethods.IsPost(method))
        {
            return request.Operation switch
            {
                ApiOperation.Embeddings => AnswerKind.Embeddings,
                ApiOperation.Chat or ApiOperation.Completions => AnswerKind.Choices,
                _ => AnswerKind.Unknown,
            };
        }

        return !HttpMethods.IsGet(method) ? AnswerKind.Unknown : request.Path.AsSpan().TrimEnd('/') is "/models" ? AnswerKind.Models : AnswerKind.Read;
    }

    /// <summary>A part of an answer, or a word that there is nothing new, is no answer for anybody else.</summary>
    private static bool AsksForPart(IHeaderDictionary headers) =>
        headers.Range.Count > 0 || headers.IfNoneMatch.Count > 0 || headers.IfModifiedSince.Count > 0
        || headers.IfMatch.Count > 0 || headers.IfUnmodifiedSince.Count > 0 || headers.IfRange.Count > 0;

    private static CacheUse UseOf(StringValues cacheControl)
    {
        var use = CacheUse.Full;
        foreach (string? value in cacheControl)
        {
            foreach (Range range in value.AsSpan().Split(','))
            {
                ReadOnlySpan<char> directive = value.AsSpan()[range].Trim();
                if (directive.Equals("no-store", StringComparison.OrdinalIgnoreCase))
                {
                    return CacheUse.None;
                }

                if (directive.Equals("no-cache", StringComparison.OrdinalIgnoreCase))
                {
                    use = CacheUse.Refresh;
                }
            }
        }

        return use;
    }
}
