using System.Collections.Frozen;
using Gateway.Authentication;
using Microsoft.Extensions.Primitives;

namespace Gateway.Forwarding;

/// <summary>Which headers pass, in either direction. Everything that no rule names passes as it came.</summary>
internal static class HeaderRules
{
    /// <summary>They speak of one connection, not of the message (RFC 9110, 7.6.1), or are written anew for the next one.</summary>
    private static readonly FrozenSet<string> HopByHop = Set(
        "Connection", "Keep-Alive", "Proxy-Connection", "Proxy-Authorization", "Proxy-Authenticate", "Proxy-Authentication-Info",
        "TE", "Trailer", "Transfer-Encoding", "Upgrade", "HTTP2-Settings");

    /// <summary>
    /// X-Content-Length is the server's note of a length that came next to a chunked body, and lied; X-Admin-Token is a word with the gateway
    /// alone.
    /// </summary>
    private static readonly FrozenSet<string> RequestOnly = Set("Host", "Content-Length", "X-Content-Length", "Expect", "X-Admin-Token");

    /// <summary>They say who the caller is: a replaced credential takes all of them with it.</summary>
    private static readonly FrozenSet<string> Identity = Set(
        [.. CredentialHeaders.Names, "OpenAI-Organization", "OpenAI-Project", "Forwarded", "X-Real-IP"]);

    /// <summary>
    /// Those that are not hop-by-hop speak for the upstream's own origin, which the caller does not talk to: which web pages may read is the gateway's to say,
    /// and a model server that lets all of them would open it to every page that somebody here looks at.
    /// </summary>
    private static readonly FrozenSet<string> AnswerOnly = Set(
        [.. HopByHop, "Alt-Svc", "Strict-Transport-Security", "Access-Control-Allow-Origin", "Access-Control-Allow-Credentials", "Access-Control-Allow-Private-Network"]);

    /// <summary>
    /// Does a request whose credential passes through say who it comes from, in whichever way an upstream may take it: a header, the query, or
    /// the subprotocol in which browsers put a key?
    /// </summary>
    public static bool ShowsCaller(HttpRequest request)
    {
        foreach ((string name, StringValues values) in request.Headers)
        {
            if (Identity.Contains(name) || (name.Equals("Sec-WebSocket-Protocol", StringComparison.OrdinalIgnoreCase) && values.ToString().Contains("key", StringComparison.OrdinalIgnoreCase)))
            {
                return true;
            }
        }

        return request.QueryString.Value?.Contains("key", StringComparison.OrdinalIgnoreCase) == true
            || request.QueryString.Value?.Contains("token", StringComparison.OrdinalIgnoreCase) == true;
    }

    /// <summary>May a request header go to the upstream?</summary>
    /// <param name="name">The header.</param>
    /// <param name="connection">The request's Connection header, whose tokens name further hop-by-hop headers.</param>
    /// <param name="isReplaced">The caller's credential is replaced by another.</param>
    public static bool PassesUp(string name, StringValues connection, bool isReplaced) =>
        !HopByHop.Contains(name)
        && !RequestOnly.Contains(name)
        && !IsNamedBy(connection, name)
        && !(isReplaced && (Identity.Contains(name) || name.StartsWith("X-Forwarded-", StringComparison.OrdinalIgnoreCase)))
        && !name.StartsWith(':');

    /// <summary>May an answer's header go to the caller?</summary>
    public static bool PassesDown(string name, string? connection, bool isReplaced) =>
        !AnswerOnly.Contains(name)
        && !(connection is not null && IsNamedBy(connection, name))
        && !(isReplaced && name.Equals("Set-Cookie", StringComparison.OrdinalIgnoreCase));

    private static bool IsNamedBy(StringValues connection, string name)
    {
        foreach (string? value in connection)
        {
            foreach (Range token in value.AsSpan().Split(','))
            {
                if (value.AsSpan()[token].Trim().Equals(name, StringComparison.OrdinalIgnoreCase))
                {
                    return true;
                }
            }
        }

        return false;
    }

    private static FrozenSet<string> Set(params string[] names) => names.ToFrozenSet(StringComparer.OrdinalIgnoreCase);
}
