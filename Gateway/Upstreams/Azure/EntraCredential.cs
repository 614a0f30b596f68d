using System.Net;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Identity;
using Gateway.Configuration;

namespace Gateway.Upstreams.Azure;

/// <summary>
/// The machine's identity: environment, workload, managed identity or a signed-in developer, whichever is there first. Asked for by way of the
/// <c>proxy_url</c> in force, and of no other proxy, whatever the environment says.
/// </summary>
internal sealed class EntraCredential(OptionsSnapshot options) : TokenCredential
{
    /// <summary>Where a machine asks for its own identity; never through a proxy.</summary>
    private const string MachineMetadata = @"169\.254\.169\.254";

    private volatile Identity? _identity;

    public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken) =>
        Current().GetToken(requestContext, cancellationToken);

    public override ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken) =>
        Current().GetTokenAsync(requestContext, cancellationToken);

    private TokenCredential Current()
    {
        string proxyUrl = options.Current.ProxyUrl;
        if (_identity is not { } identity || identity.ProxyUrl != proxyUrl)
        {
            _identity = identity = new Identity(proxyUrl, Create(proxyUrl));
        }

        return identity.Credential;
    }

    private static DefaultAzureCredential Create(string proxyUrl)
    {
        var proxy = OutboundProxy.Of(proxyUrl);
        var handler = new SocketsHttpHandler
        {
            UseProxy = proxy is not null,
            Proxy = proxy is not null ? new WebProxy(proxy.Address, BypassOnLocal: true, [MachineMetadata], proxy.Credentials) : null,
            ActivityHeadersPropagator = null,
        };
        return new DefaultAzureCredential(new DefaultAzureCredentialOptions { Transport = new HttpClientTransport(new HttpClient(handler)) });
    }

    private sealed record Identity(string ProxyUrl, TokenCredential Credential);
}
