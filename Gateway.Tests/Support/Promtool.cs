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

    public static Task<(int Code, string Said)> CheckAsync(string exposition) => RunAsync(Path.GetTempPath(), ["check", "metrics"], exposition);

    /// <summary>On files of a folder.</summary>
    public static Task<(int Code, string Said)> RunAsync(string folder, params string[] arguments) => RunAsync(folder, arguments, input: "");

    private static async Task<(int Code, string Said)> RunAsync(string folder, string[] arguments, string input)
    {
        RealServer.Require("promtool");
        using Process promtool = Process.Start(new ProcessStartInfo("promtool", arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        Task<string> output = promtool.StandardOutput.ReadToEndAsync(Rig.Cancel);
        Task<string> errors = promtool.StandardError.ReadToEndAsync(Rig.Cancel);
        await promtool.StandardInput.WriteAsync(input);
        promtool.StandardInput.Close();
        await promtool.WaitForExitAsync(Rig.Cancel).Soon();
        return (promtool.ExitCode, $"{await output}{await errors}");
    }
}
