using Gateway.Requests;
using Microsoft.Extensions.Primitives;

namespace Gateway.Authentication;

/// <summary>
/// A browser can set no header on a WebSocket: OpenAI's clients put the key into a subprotocol there, Azure's into the query. Both are read
/// as the headers are, and for WebSockets only.
/// </summary>
internal static class WebSocketCredential
{
    private const string KeyProtocol = "openai-insecure-api-key.";
    private const string KeyParameter = "api-key";

    /// <summary>They say who the caller is: a replaced credential takes all of them with it.</summary>
    private static readonly string[] IdentityProtocols = [KeyProtocol, "openai-organization.", "openai-project."];

    /// <summary>The key, or null when there is none or more than one answer to what it is.</summary>
    public static string? Read(IHeaderDictionary headers, string query)
    {
        string? header = CredentialReader.Read(headers);
        bool hasHeader = headers.Authorization.Count > 0 || headers.ContainsKey(KeyParameter);
        if (hasHeader && header is null)
        {
            return null;
        }

        string[] keys =
        [
            .. header is null ? (string[])[] : [header],
            .. Protocols(headers).Where(static protocol => Starts(protocol, KeyProtocol)).Select(static protocol => protocol[KeyProtocol.Length..]),
            .. QueryParameters.Of(query).Where(static parameter => IsKey(parameter.Name)).Select(static parameter => parameter.Value),
        ];
        return keys.Distinct(StringComparer.Ordinal).ToArray() is [{ Length: > 0 } key] ? key : null;
    }

    /// <summary>Takes the caller's identity out of a request whose credential is replaced: nothing behind this stage gets to see it.</summary>
    public static void Remove(HttpContext context, Exchange exchange)
    {
        ApiRoute route = exchange.Route!;
        exchange.Route = route with { Query = QueryParameters.Without(route.Query, KeyParameter) };
        string[] offered = [.. Protocols(context.Request.Headers)];
        string[] kept = [.. offered.Where(static protocol => !IdentityProtocols.Any(identity => Starts(protocol, identity)))];
        if (kept.Length < offered.Length)
        {
            context.Request.Headers.SecWebSocketProtocol = kept.Length == 0 ? StringValues.Empty : string.Join(", ", kept);
        }
    }

    private static IEnumerable<string> Protocols(IHeaderDictionary headers) =>
        headers.SecWebSocketProtocol.SelectMany(static line => (line ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));

    private static bool Starts(string protocol, string beginning) => protocol.StartsWith(beginning, StringComparison.OrdinalIgnoreCase);

    private static bool IsKey(string name) => name.Equals(KeyParameter, StringComparison.OrdinalIgnoreCase);
}
