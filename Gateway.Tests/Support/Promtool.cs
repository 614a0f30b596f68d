using System.Diagnostics;
using Xunit;

namespace Gateway.Tests.Support;

/// <summary>Prometheus' own judge of what Prometheus reads.</summary>
internal static class Promtool
{
    /// <summary>Fails with what it has to say.</summary>
    public static async Task AssertCleanAsync(string exposition)
    {
        (int code, string said) = await CheckAsync(exposition);
        Assert.True(code == 0 && said.Length == 0, said);
    }

    public static async Task<(int Code, string Said)> CheckAsync(string exposition)
    {
        RealServer.Require("promtool");
        using Process promtool = Process.Start(new ProcessStartInfo("promtool", ["check", "metrics"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        Task<string> output = promtool.StandardOutput.ReadToEndAsync(Rig.Cancel);
        Task<string> errors = promtool.StandardError.ReadToEndAsync(Rig.Cancel);
        await promtool.StandardInput.WriteAsync(exposition);
        promtool.StandardInput.Close();
        await promtool.WaitForExitAsync(Rig.Cancel).Soon();
        return (promtool.ExitCode, $"{await output}{await errors}");
    }
}
