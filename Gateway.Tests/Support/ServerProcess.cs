using System.Diagnostics;
using System.Globalization;
using Xunit;

namespace Gateway.Tests.Support;

/// <summary>A real server program of a test's own, with a folder of its own, that ends with the test.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private readonly DirectoryInfo _folder;
    private readonly Process _process;

    private ServerProcess(DirectoryInfo folder, Process process) => (_folder, _process) = (folder, process);

    /// <param name="program">Its name; where it is missing, the test is skipped.</param>
    /// <param name="arguments">Made from the folder.</param>
    public static ServerProcess Start(string program, Func<string, IEnumerable<string>> arguments)
    {
        RealServer.Require(program);
        DirectoryInfo folder = Directory.CreateTempSubdirectory(program + "-");
        Process process = Process.Start(new ProcessStartInfo(program, arguments(folder.FullName))
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder.FullName,
        })!;
        process.OutputDataReceived += static (_, _) => { };
        process.ErrorDataReceived += static (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return new ServerProcess(folder, process);
    }

    /// <summary>As <c>kill -9</c> does.</summary>
    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    /// <summary>It keeps its connections and says nothing more.</summary>
    public void Stop() => Signal("-STOP");

    public void Continue() => Signal("-CONT");

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync(CancellationToken.None);
        _process.Dispose();
        _folder.Delete(recursive: true);
    }

    private void Signal(string name)
    {
        using Process kill = Process.Start("kill", [name, _process.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
        Assert.Equal(0, kill.ExitCode);
    }
}
