using System.Diagnostics;

namespace Load.Driver.Processes;

/// <summary>A process of ours: its output goes to a file, and it ends with us.</summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    private const int TailLines = 20;
    private static readonly TimeSpan ExitLimit = TimeSpan.FromSeconds(10);
    private readonly Process _process;
    private readonly string _name;
    private readonly string _logFile;

    private ChildProcess(Process process, string name, string logFile)
    {
        _process = process;
        _name = name;
        _logFile = logFile;
        Meter = new ProcessMeter(process.Id);
    }

    public ProcessMeter Meter { get; }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    public static ChildProcess Start(string name, IReadOnlyList<string> command, string folder, IReadOnlyDictionary<string, string> environment)
    {
        string logFile = Path.Combine(Directory.CreateDirectory(Path.Combine(folder, "log")).FullName, "output.log");
        // The shell hands the output to a file and then becomes the program: a pipe would have to be emptied by the driver, on the measured cores.
        var start = new ProcessStartInfo("/bin/sh") { WorkingDirectory = folder, UseShellExecute = false };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add("""log=$1; shift; exec "$@" >>"$log" 2>&1""");
        start.ArgumentList.Add("sh");
        start.ArgumentList.Add(logFile);
        foreach (string part in command)
            start.ArgumentList.Add(part);
        foreach ((string key, string value) in environment)
            start.Environment[key] = value;

        Process process = Process.Start(start) ?? throw new InvalidOperationException($"{name} did not start");
        return new ChildProcess(process, name, logFile);
    }

    /// <summary>Throws with the end of the output when the process is gone.</summary>
    public void EnsureAlive()
    {
        if (_process.HasExited)
            throw new InvalidOperationException($"{_name} ended with code {_process.ExitCode}; its last lines:\n{Tail()}");
    }

    public string Tail() => File.Exists(_logFile) ? string.Join('\n', File.ReadLines(_logFile).TakeLast(TailLines)) : "(no output)";

    public void Signal(int signal)
    {
        if (LibC.kill(_process.Id, signal) != 0)
            throw new InvalidOperationException($"{_name} takes no signal {signal}");
    }

    /// <summary>Waits for its end; returns its exit code.</summary>
    public async Task<int> ExitAsync(TimeSpan limit, CancellationToken stop)
    {
        await _process.WaitForExitAsync(stop).WaitAsync(limit, TimeProvider.System, stop);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync().WaitAsync(ExitLimit, TimeProvider.System);
        }

        _process.Dispose();
    }
}
