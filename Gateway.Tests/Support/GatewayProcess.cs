using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Gateway.Tests.Configuration;

namespace Gateway.Tests.Support;

/// <summary>The program as it is shipped, in a process of its own.</summary>
internal sealed class GatewayProcess : IAsyncDisposable
{
    private readonly ConfigurationFolder _folder = new();
    private readonly TaskCompletionSource _listens = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Process _process;

    private GatewayProcess(string configuration)
    {
        int port = FreePort();
        Address = new Uri($"http://127.0.0.1:{port}/");
        _folder.Write("config.json", configuration.Replace("{port}", port.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal));
        _process = Process.Start(GatewayProgram.Start(_folder.Root))!;
        _process.OutputDataReceived += (_, line) => Hear(line.Data);
        _process.ErrorDataReceived += (_, line) => Hear(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public Uri Address { get; }

    /// <param name="configuration">The file, with <c>{port}</c> where the port goes.</param>
    public static async Task<GatewayProcess> StartAsync(string configuration)
    {
        var gateway = new GatewayProcess(configuration);
        await gateway._listens.Task.Soon();
        return gateway;
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _folder.Dispose();
    }

    private void Hear(string? line)
    {
        if (line?.Contains("listens on", StringComparison.Ordinal) == true)
        {
            _listens.TrySetResult();
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
