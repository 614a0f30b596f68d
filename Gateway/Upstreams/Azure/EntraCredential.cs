using System.Net;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Identity;

namespace Gateway.Upstreams.Azure;

/// <summary>The machine's identity: environment, workload, managed identity or a signed-in developer, whichever is there first.</summary>
internal static class EntraCredential
{
    /// <summary>Where a machine asks for its own identity; never through a proxy.</summary>
    private const string MachineMetadata = @"169\.254\.169\.254";

    /// <param name="proxyUrl">The configured outbound proxy, or empty. No other is used, whatever the environment says.</param>
    public static TokenCredential Create(string proxyUrl)
    {
        var handler = new SocketsHttpHandler { UseProxy = proxyUrl.Length > 0, ActivityHeadersPropagator = null };
        if (proxyUrl.Length > 0)
        {
            handler.Proxy = new WebProxy(proxyUrl, BypassOnLocal: true, [MachineMetadata]);
        }

        return new DefaultAzureCredential(new DefaultAzureCredentialOptions { Transport = new HttpClientTransport(new HttpClient(handler)) });
    }
}
