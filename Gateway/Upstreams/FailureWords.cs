using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using Gateway.Requests;

namespace Gateway.Upstreams;

/// <summary>
/// Why an upstream failed, for the log and the admin routes. Never in its own words: the HTTP library quotes what it could not read, and that
/// may hold a key or a prompt; of a proxy it quotes the address, with its password.
/// </summary>
internal static class FailureWords
{
    public static string Of(Exception exception) => exception.GetBaseException() switch
    {
        // The innermost words tell a refused connection from a wrong certificate.
        SocketException or AuthenticationException or OperationCanceledException or TimeoutException => exception.GetBaseException().Message,
        HttpRequestException { HttpRequestError: HttpRequestError.UserAuthenticationError } signIn => signIn.Message,
        HttpRequestException { HttpRequestError: HttpRequestError.ProxyTunnelError, StatusCode: HttpStatusCode.ProxyAuthenticationRequired } =>
            "The proxy refused the user and password of proxy_url (407).",
        HttpIOException io => Words(io.HttpRequestError),
        HttpRequestException http => Words(http.HttpRequestError),
        var other => other.GetType().Name,
    };

    /// <summary>The same for the caller.</summary>
    /// <param name="exception">What the call threw.</param>
    /// <param name="hasStarted">The caller has the head of an answer.</param>
    public static Outcome OutcomeOf(Exception exception, bool hasStarted) => exception switch
    {
        HttpRequestException
        {
            HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError
            or HttpRequestError.SecureConnectionError or HttpRequestError.ProxyTunnelError
        } => Outcome.UpstreamUnreachable,
        HttpRequestException { HttpRequestError: HttpRequestError.UserAuthenticationError } => Outcome.UpstreamSignInFailed,
        _ when hasStarted => Outcome.UpstreamCut,
        HttpRequestException { HttpRequestError: HttpRequestError.InvalidResponse or HttpRequestError.ConfigurationLimitExceeded }
            or InvalidOperationException => Outcome.UpstreamInvalid,
        OperationCanceledException => Outcome.UpstreamUnreachable, // the handler's own connect timeout
        _ => Outcome.UpstreamReset,
    };

    private static string Words(HttpRequestError error) => error switch
    {
        HttpRequestError.InvalidResponse => "The answer is not valid HTTP.",
        HttpRequestError.ConfigurationLimitExceeded => "The answer's headers are too long.",
        HttpRequestError.ProxyTunnelError => "The proxy refused the tunnel.",
        HttpRequestError.ResponseEnded => "The answer ended prematurely.",
        _ => error.ToString(),
    };
}
