using System.Diagnostics;
using Xunit;

namespace Gateway.Tests.Support;

/// <summary>What has a name like a file and is none: opening it waits for somebody at its other end.</summary>
internal static class NamedPipe
{
    public static string Make(string path)
    {
        using Process make = Process.Start("mkfifo", [path]);
        make.WaitForExit();
        Assert.Equal(0, make.ExitCode);
        return path;
    }
}
