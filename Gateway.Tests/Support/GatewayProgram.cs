using System.Diagnostics;

namespace Gateway.Tests.Support;

/// <summary>How the program is started: as it was built, or as it was published where <c>GATEWAY_PROGRAM</c> names the file, whole.</summary>
internal static class GatewayProgram
{
    public static string? Published { get; } = Environment.GetEnvironmentVariable("GATEWAY_PROGRAM") is { Length: > 0 } path ? path : null;

    public static ProcessStartInfo Start(string folder, params string[] arguments)
    {
        ProcessStartInfo start = Published is { } program
            ? new ProcessStartInfo(program, arguments)
            : new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", [typeof(GatewayApp).Assembly.Location, .. arguments]);
        start.WorkingDirectory = folder;
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;

        // The tester's own settings are not the test's.
        foreach (string name in start.Environment.Keys.Where(static name => name is not ("PATH" or "HOME" or "TMPDIR") && !name.StartsWith("DOTNET", StringComparison.Ordinal)).ToList())
        {
            start.Environment.Remove(name);
        }

        return start;
    }

    /// <summary>Runs it to its end, for what it prints.</summary>
    public static async Task<(int Code, string Output, string Error)> RunAsync(string folder, params string[] arguments)
    {
        using Process process = Process.Start(Start(folder, arguments))!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(Rig.Cancel);
        Task<string> error = process.StandardError.ReadToEndAsync(Rig.Cancel);
        await process.WaitForExitAsync(Rig.Cancel).Soon();
        return (process.ExitCode, await output, await error);
    }
}
