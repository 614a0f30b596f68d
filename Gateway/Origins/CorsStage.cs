using Gateway.Configuration;
using Gateway.Requests;
using Microsoft.Extensions.Primitives;

namespace Gateway.Origins;

/// <summary>
/// Lets the web pages of <c>cors.origins</c> read what the API and the health routes answer. Preflights end here: a browser shows no key in
/// them. Credentials in the browser's sense (cookies) are never allowed; a key in a header is none of those.
/// </summary>
internal sealed class CorsStage(OptionsSnapshot options)
{
    private const string PreflightLifetime = "600";
    private const int MaxAskedHeaders = 4096;

    /// <summary>What a page may read besides the body. Names, because <c>*</c> is not understood everywhere.</summary>
    internal const string Exposed =
        "x-request-id, x-gateway-tier, x-gateway-queue-ms, x-gateway-attempts, x-gateway-instance, x-gateway-removed-params, "
        + "x-ratelimit-limit-requests, x-ratelimit-limit-tokens, x-ratelimit-remaining-requests, x-ratelimit-remaining-tokens, "
        + "x-ratelimit-reset-requests, x-ratelimit-reset-tokens, retry-after, retry-after-ms, x-should-retry, "
        + "X-Cache, X-Cache-Key, X-Cache-Timestamp, X-Proxy, openai-processing-ms, openai-version, openai-organization, openai-model";

    public Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        CorsOptions cors = options.Current.Cors;
        if (cors.Origins.Count == 0 || ValueRules.IsManagementPath(context.Request.Path.Value ?? ""))
        {
            return next(context);
        }

        // At the last moment: an error throws away what was set before it, and an upstream's headers overwrite it. Into the caller's own answer: by then, that of
        // the request may be another, which several callers get.
        HttpRequest request = context.Request;
        IHeaderDictionary headers = context.Response.Headers;
        context.Response.OnStarting(() =>
        {
            Stamp(request, headers, cors);
            return Task.CompletedTask;
        });
        return IsPreflight(context.Request) ? PathStage.AnswerOptions(context) : next(context);
    }

    private static bool IsPreflight(HttpRequest request) =>
        HttpMethods.IsOptions(request.Method) && request.Headers.Origin.Count == 1 && request.Headers.AccessControlRequestMethod.Count == 1;

    /// <summary>The gateway's word on who may read, in the place of the upstream's: its pages are not those that call here.</summary>
    private static void Stamp(HttpRequest request, IHeaderDictionary headers, CorsOptions cors)
    {
        headers.Remove("Access-Control-Allow-Origin");
        headers.Remove("Access-Control-Allow-Credentials");
        bool isForAll = cors.Origins is ["*"];
        if (!isForAll)
        {
            // The answer differs by origin, also for those that get none of it: caches must know.
            headers.Vary = StringValues.Concat(headers.Vary, "Origin");
        }

        if (request.Headers.Origin is not [{ } origin] || !OriginPolicy.Lists(cors, origin))
        {
            return;
        }

        headers.AccessControlAllowOrigin = isForAll ? "*" : origin;
        headers.AccessControlExposeHeaders = StringValues.Concat(headers.AccessControlExposeHeaders, Exposed);
        if (IsPreflight(request))
        {
            headers.AccessControlAllowMethods = PathStage.AllowedMethods;
            headers.AccessControlMaxAge = PreflightLifetime;
            if (AskedHeaders(request.Headers.AccessControlRequestHeaders) is { } asked)
            {
                headers.AccessControlAllowHeaders = asked;
            }
        }
    }

    /// <summary>All that the page asks for may be sent: what passes to the upstream is not decided here. Null when it asks for none.</summary>
    private static string? AskedHeaders(StringValues asked) =>
        asked is [{ Length: > 0 and <= MaxAskedHeaders } names]
        && names.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or ',' or ' ')
            ? names
            : null;
}
