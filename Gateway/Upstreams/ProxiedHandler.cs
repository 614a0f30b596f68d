using System.Net;
using System.Net.Http.Headers;

namespace Gateway.Upstreams;

/// <summary>
/// Calls that a proxy reads itself, which are those to plain http. It is shown the password unasked: the library would wait to be refused, and send
/// every body twice. And when it is refused, that is no answer of the upstream's.
/// </summary>
internal sealed class ProxiedHandler(AuthenticationHeaderValue? authorization, HttpMessageHandler inner) : DelegatingHandler(inner)
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request.RequestUri!.Scheme != Uri.UriSchemeHttp)
        {
            return await base.SendAsync(request, cancellationToken);
        }

        request.Headers.ProxyAuthorization = authorization;
        HttpResponseMessage answer = await base.SendAsync(request, cancellationToken);
        if (answer.StatusCode == HttpStatusCode.ProxyAuthenticationRequired)
        {
            answer.Dispose();
            throw new HttpRequestException(HttpRequestError.ProxyTunnelError, statusCode: answer.StatusCode);
        }

        return answer;
    }
}
