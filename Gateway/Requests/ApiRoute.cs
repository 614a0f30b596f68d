using Gateway.Configuration;
using Microsoft.AspNetCore.Http.Features;

namespace Gateway.Requests;

/// <summary>Where in the API a request goes.</summary>
/// <param name="Path">Below the API's root, as sent.</param>
/// <param name="Query">With its question mark, as sent; or empty.</param>
/// <param name="IsWebSocket">The caller asks for a WebSocket.</param>
internal sealed record ApiRoute(string Path, string Query, bool IsWebSocket)
{
    /// <summary>True when the request is one for the API, and so for an upstream: it is marked as such on its record and exchange.</summary>
    public static bool Matches(HttpContext context, GatewayOptions options)
    {
        Exchange exchange = Exchange.Of(context);
        if (!exchange.Listener.ServesApi)
        {
            return false;
        }

        string target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        RequestPath.Verdict verdict = RequestPath.Parse(target, options.ProxyPathPrefix, out string path, out string query);
        exchange.Record.IsApi = verdict != RequestPath.Verdict.Elsewhere;
        if (verdict == RequestPath.Verdict.Api)
        {
            exchange.Route = new ApiRoute(path, query, WebSocketUpgrade.IsAsked(context));
        }

        return exchange.Record.IsApi;
    }
}
