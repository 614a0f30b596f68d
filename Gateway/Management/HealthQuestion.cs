using System.Globalization;
using System.Net;
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
        using var client = new HttpClient(handler) { Timeout = Patience };
        var address = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}/health"));
        try
        {
            using HttpResponseMessage answer = await client.GetAsync(address, HttpCompletionOption.ResponseHeadersRead);
            if (answer.StatusCode == HttpStatusCode.OK)
            {
                return 0;
            }

            await error.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{address} answers {(int)answer.StatusCode}."));
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            await error.WriteLineAsync($"{address} does not answer: {e.Message}");
        }

        return ConfigurationCommand.Failed;
    }
}
