using System.Net;
using System.Net.Sockets;
using Load.Driver.Processes;

namespace Chaos.Processes;

/// <summary>A process that listens on a port, and that can be broken: killed, stopped, started again on the same port.</summary>
internal sealed class Server(string name, int port, IReadOnlyList<string> command, string folder, IReadOnlyDictionary<string, string> environment) : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(40);
    private static readonly TimeSpan ExitLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);
    private ChildProcess? _process;

    public int Port { get; } = port;

    public string Folder { get; } = folder;

    public int Id => Process.Id;

    public bool IsRunning => _process is { HasExited: false };

    public ProcessMeter Meter => Process.Meter;

    public string Tail => _process?.Tail() ?? "";

    private ChildProcess Process => _process ?? throw new InvalidOperationException($"{name} is not running");

    public Uri At(string path) => new($"http://127.0.0.1:{Port}{path}");

    /// <summary>Starts it and returns when its port accepts connections.</summary>
    public async Task StartAsync(CancellationToken stop)
    {
        Launch();
        long started = TimeProvider.System.GetTimestamp();
        while (!await AcceptsAsync(stop))
        {
            Process.EnsureAlive();
            if (TimeProvider.System.GetElapsedTime(started) > StartLimit)
                throw new InvalidOperationException($"{name} does not listen on {Port}:\n{Tail}");
            await Task.Delay(Pause, TimeProvider.System, stop);
        }
    }

    /// <summary>Starts it and waits for nothing.</summary>
    public void Launch() => _process = ChildProcess.Start(name, command, Folder, environment);

    public async Task KillAsync(CancellationToken stop)
    {
        Process.Signal(LibC.Kill);
        await Process.ExitAsync(ExitLimit, stop);
        await Process.DisposeAsync();
        _process = null;
    }

    /// <summary>It keeps its connections and says nothing more.</summary>
    public void Stop() => Process.Signal(LibC.Stop);

    public void Continue() => Process.Signal(LibC.Continue);

    public void Signal(int signal) => Process.Signal(signal);

    public Task<int> ExitAsync(TimeSpan limit, CancellationToken stop) => Process.ExitAsync(limit, stop);

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
            await _process.DisposeAsync();
        _process = null;
    }

    private async Task<bool> AcceptsAsync(CancellationToken stop)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(IPAddress.Loopback, Port, stop);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
