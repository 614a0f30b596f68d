using System.Globalization;
using System.Net;
using System.Net.NetworkInformation;
using Gateway.Configuration;

namespace Gateway.Management;

/// <summary>Asks a gateway on this machine whether it lives: for containers, whose image holds no other program that could.</summary>
internal static class HealthQuestion
{
    /// <summary>A gateway that lives answers in milliseconds.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <returns>The exit code.</returns>
    public static async Task<int> AskAsync(int port, TextWriter error)
    {
        // Not through a proxy that the environment names for the upstreams, and not to wherever a stranger on that port may send us.
        using var handler = new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false };
        using var client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        using var patience = new CancellationTokenSource(Patience);
        List<string> complaints = [];
        foreach (IPAddress address in Addresses())
        {
            var url = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://{new IPEndPoint(address, port)}/health"));
            if (await ComplaintAsync(client, url, patience.Token) is not { } complaint)
            {
                return 0;
            }

            complaints.Add(complaint);
        }

        complaints.ForEach(error.WriteLine);

        return ConfigurationCommand.Failed;
    }

    /// <summary>
    /// Those of this machine, the likeliest first: which one <c>host</c> names is not read, because a spoiled file must not make a running gateway
    /// look dead. An address that nobody listens on refuses at once.
    /// </summary>
    private static IEnumerable<IPAddress> Addresses() =>
        ((IPAddress[])[IPAddress.Loopback, IPAddress.IPv6Loopback, .. NetworkInterface.GetAllNetworkInterfaces()
            .SelectMany(static network => network.GetIPProperties().UnicastAddresses).Select(static own => own.Address).Where(static address => !address.IsIPv6LinkLocal)]).Distinct();

    /// <summary>Null when it lives.</summary>
    private static async Task<string?> ComplaintAsync(HttpClient client, Uri url, CancellationToken patience)
    {
        try
        {
            using HttpResponseMessage answer = await client.GetAsync(url, HttpCompletionOption.ResponseHeadersRead, patience);
            return answer.StatusCode == HttpStatusCode.OK ? null : string.Create(CultureInfo.InvariantCulture, $"{url} answers {(int)answer.StatusCode}.");
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            return $"{url} does not answer: {e.Message}";
        }
    }
}
