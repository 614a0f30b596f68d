using Microsoft.AspNetCore.Http.Features;

namespace Gateway.Requests;

/// <summary>What a request for a WebSocket is, and what it tells without a body.</summary>
internal static class WebSocketUpgrade
{
    public const string Protocol = "websocket";

    /// <summary>The model of OpenAI's realtime API, and what Azure calls it in the older form of its own.</summary>
    private static readonly string[] ModelNames = ["model", "deployment"];

    /// <summary>A GET over HTTP/1.1 with <c>Connection: Upgrade</c> and <c>Upgrade: websocket</c>, nothing else beside it.</summary>
    public static bool IsAsked(HttpContext context) =>
        context.Request.Headers.Upgrade is [{ } protocol]
        && protocol.Equals(Protocol, StringComparison.OrdinalIgnoreCase)
        && HttpMethods.IsGet(context.Request.Method)
        && context.Features.Get<IHttpUpgradeFeature>() is { IsUpgradableRequest: true };

    /// <summary>
    /// A WebSocket is meant, well asked for or not. Offers of other protocols (some clients offer HTTP/2 on every plain connection) may be
    /// ignored (RFC 9110, 7.8), and are: they go no further than this hop.
    /// </summary>
    public static bool IsNamed(IHeaderDictionary headers) =>
        headers.Upgrade.Count > 0 && headers.Upgrade.ToString().Contains(Protocol, StringComparison.OrdinalIgnoreCase);

    /// <summary>Reads the model out of the query. Named twice, the upstream could read another one than we do.</summary>
    public static RequestError? TryRead(string query, out RequestFacts facts)
    {
        string[] models = [.. QueryParameters.Of(query)
            .Where(static parameter => ModelNames.Contains(parameter.Name, StringComparer.OrdinalIgnoreCase))
            .Select(static parameter => parameter.Value)];
        facts = models is [{ Length: > 0 } model] ? new RequestFacts { Model = model } : RequestFacts.None;
        return models.Length > 1 ? new RequestError(Outcome.ModelAmbiguous, Param: "model") : null;
    }
}
