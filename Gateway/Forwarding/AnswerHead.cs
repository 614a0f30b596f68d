using System.Buffers;
using System.Net.Http.Headers;
using Gateway.Requests;
using Microsoft.Extensions.Primitives;

namespace Gateway.Forwarding;

/// <summary>Puts an upstream answer's status and headers on the caller's response.</summary>
internal static class AnswerHead
{
    /// <summary>Tabs may stand in a header.</summary>
    private static readonly SearchValues<char> Controls =
        SearchValues.Create([.. Enumerable.Range(0, ' ').Select(static c => (char)c).Where(static c => c != '\t'), '\u007f']);

    /// <exception cref="InvalidOperationException">A header has bytes that no response may carry, or the body a coding that is not undone.</exception>
    public static void Copy(HttpResponseMessage answer, HttpResponse response, Exchange exchange)
    {
        if ((int)answer.StatusCode < StatusCodes.Status200OK && !IsWebSocket(answer, exchange))
        {
            throw new InvalidOperationException("An interim status is no answer.");
        }

        CheckFraming(answer);
        response.StatusCode = (int)answer.StatusCode;
        string? connection = answer.Headers.NonValidated.TryGetValues("Connection", out HeaderStringValues tokens) ? tokens.ToString() : null;
        Copy(answer.Headers.NonValidated, response.Headers, connection, exchange);
        Copy(answer.Content.Headers.NonValidated, response.Headers, connection, exchange);
        exchange.Record.UpstreamRequestId =
            answer.Headers.NonValidated.TryGetValues("x-request-id", out HeaderStringValues id) ? id.ToString() : null;
        if (response.StatusCode == StatusCodes.Status101SwitchingProtocols)
        {
            response.ContentLength = null;
            response.Headers.Upgrade = WebSocketUpgrade.Protocol;
        }

        if (response.StatusCode is StatusCodes.Status204NoContent or StatusCodes.Status205ResetContent)
        {
            // Some upstreams send one all the same; these answers have no content (RFC 9110, 15.3.5 and 15.3.6).
            response.ContentLength = null;
        }

        if (exchange.RemovedParameters is { } removed)
        {
            response.Headers["x-gateway-removed-params"] = removed;
        }

        if (exchange.IsTriedEnough && response.StatusCode >= StatusCodes.Status400BadRequest)
        {
            response.Headers["x-should-retry"] = "false";
        }

        AnswerHeaders.Stamp(response.Headers, exchange);
    }

    /// <summary>The upstream has changed to the protocol that the caller asked for.</summary>
    public static bool IsWebSocket(HttpResponseMessage answer, Exchange exchange) =>
        (int)answer.StatusCode == StatusCodes.Status101SwitchingProtocols
        && exchange.Route!.IsWebSocket
        && answer.Headers.NonValidated.TryGetValues("Upgrade", out HeaderStringValues protocol)
        && protocol.ToString().Equals(WebSocketUpgrade.Protocol, StringComparison.OrdinalIgnoreCase);

    /// <summary>An event stream that we can read: not compressed.</summary>
    public static bool IsEventStream(HttpResponseMessage answer) =>
        answer.Content.Headers.NonValidated.TryGetValues("Content-Type", out HeaderStringValues type)
        && MediaTypes.IsEventStream(type.ToString())
        && !answer.Content.Headers.NonValidated.Contains("Content-Encoding");

    /// <summary>JSON that we can read: not compressed.</summary>
    public static bool IsJson(HttpResponseMessage answer) =>
        answer.Content.Headers.NonValidated.TryGetValues("Content-Type", out HeaderStringValues type)
        && MediaTypes.IsJson(type.ToString())
        && !answer.Content.Headers.NonValidated.Contains("Content-Encoding");

    /// <summary>
    /// The HTTP library looks for the chunks at the end of the list only, and undoes no other coding: the caller would get compressed bytes
    /// that nothing calls so. A length beside the chunks does not count (RFC 9112, 6.3), and must not be passed on.
    /// </summary>
    private static void CheckFraming(HttpResponseMessage answer)
    {
        if (!answer.Headers.NonValidated.TryGetValues("Transfer-Encoding", out HeaderStringValues codings))
        {
            return;
        }

        string coding = codings.Count == 1 ? codings.ToString().Trim() : "";
        if (coding.Equals("identity", StringComparison.OrdinalIgnoreCase))
        {
            // Servers of old say so that there is none.
            return;
        }

        if (!coding.Equals("chunked", StringComparison.OrdinalIgnoreCase))
        {
            throw new InvalidOperationException("The answer has a transfer coding that nobody undoes.");
        }

        answer.Content.Headers.ContentLength = null;
    }

    private static void Copy(HttpHeadersNonValidated from, IHeaderDictionary to, string? connection, Exchange exchange)
    {
        // Kestrel's own look at what is put into them; those of an answer on its way into the cache do not.
        bool isUnchecked = to is HeaderDictionary;
        foreach ((string name, HeaderStringValues values) in from)
        {
            if (!HeaderRules.PassesDown(name, connection, exchange.Caller.IsReplaced) || QuotaHeaders.Replaces(name, exchange))
            {
                continue;
            }

            StringValues passed = values.Count == 1 ? values.ToString() : new StringValues([.. values]);
            if (isUnchecked && HoldsControls(passed))
            {
                throw new InvalidOperationException("A header holds a control character.");
            }

            to[name] = passed;
        }
    }

    private static bool HoldsControls(StringValues values)
    {
        foreach (string? value in values)
        {
            if (value.AsSpan().ContainsAny(Controls))
            {
                return true;
            }
        }

        return false;
    }
}
