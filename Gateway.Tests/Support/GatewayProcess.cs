using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Gateway.Tests.Configuration;
using Xunit;

namespace Gateway.Tests.Support;

/// <summary>The program as it is shipped, in a process of its own.</summary>
internal sealed class GatewayProcess : IAsyncDisposable
{
    private readonly ConfigurationFolder _folder = new();
    private readonly TaskCompletionSource _listens = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ConcurrentQueue<string> _said = new();
    private readonly Process _process;

    private GatewayProcess(
        Uri address, IReadOnlyDictionary<string, string> files, IReadOnlyDictionary<string, string> variables, IReadOnlyList<string> arguments)
    {
        Address = address;
        foreach ((string name, string text) in files)
        {
            _folder.Write(name, text);
        }

        ProcessStartInfo start = GatewayProgram.Start(_folder.Root, [.. arguments]);
        foreach ((string name, string value) in variables)
        {
            start.Environment[name] = value;
        }

        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, line) => Hear(line.Data);
        _process.ErrorDataReceived += (_, line) => Hear(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public Uri Address { get; }

    public int Id => _process.Id;

    /// <param name="configuration">The file, with <c>{port}</c> where the port goes.</param>
    public static async Task<GatewayProcess> StartAsync(string configuration)
    {
        int port = FreePorts.One();
        string text = configuration.Replace("{port}", port.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);
        var gateway = new GatewayProcess(new Uri($"http://127.0.0.1:{port}/"), new Dictionary<string, string> { ["config.json"] = text }, new Dictionary<string, string>(), []);
        await gateway._listens.Task.Soon();
        return gateway;
    }

    /// <summary>In a working directory with these files, ready to take requests at the address.</summary>
    public static async Task<GatewayProcess> StartAsync(
        Uri address, IReadOnlyDictionary<string, string> files, IReadOnlyDictionary<string, string> variables, params IReadOnlyList<string> arguments)
    {
        var gateway = new GatewayProcess(address, files, variables, arguments);
        using var client = new HttpClient(new SocketsHttpHandler());
        await Eventually.TrueAsync(async () =>
        {
            Assert.False(gateway._process.HasExited, string.Join('\n', gateway._said));
            try
            {
                return (await client.GetAsync(new Uri(address, "/health"), TestContext.Current.CancellationToken)).IsSuccessStatusCode;
            }
            catch (HttpRequestException)
            {
                return false;
            }
        });
        return gateway;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        await _process.WaitForExitAsync();
        _process.Dispose();
        _folder.Dispose();
    }

    private void Hear(string? line)
    {
        _said.Enqueue(line ?? "");
        if (line?.Contains("listens on", StringComparison.Ordinal) == true)
        {
            _listens.TrySetResult();
        }
    }
}
