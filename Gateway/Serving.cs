using System.Net.Sockets;
using Gateway.Configuration;
using Gateway.Listeners;

namespace Gateway;

/// <summary>Runs the app to its end, and makes the exit code of it: whoever cannot start says which key to change, without a stack.</summary>
internal static class Serving
{
    /// <param name="app">Not yet started. Its services are gone afterwards.</param>
    /// <param name="options">Those of the start.</param>
    /// <param name="error">Gets the one line that a start may fail with.</param>
    public static async Task<int> RunAsync(WebApplication app, GatewayOptions options, TextWriter error)
    {
        // Taken now: the services are gone when it is asked.
        CancellationToken stopping = app.Lifetime.ApplicationStopping;
        try
        {
            await app.RunAsync();
            return 0;
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // Told to stop before the last port was open: as good an end as any.
            return 0;
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            await error.WriteLineAsync(ListenFailure.Describe(e, options).ToString());
            return ConfigurationCommand.Failed;
        }
    }
}
