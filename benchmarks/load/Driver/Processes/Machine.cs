using System.Diagnostics;

namespace Load.Driver.Processes;

/// <summary>Where and from what a report was made.</summary>
internal sealed record Machine(string Cpu, int Cores, string Load, string Commit)
{
    public static Machine Read(string repository) => new(
        File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(": ")[^1] ?? "unknown",
        Environment.ProcessorCount,
        string.Join(' ', File.ReadAllText("/proc/loadavg").Split(' ').Take(3)),
        ReadCommit(repository));

    private static string ReadCommit(string repository)
    {
        bool changed = Git(repository, "status", "--porcelain", "--untracked-files=no").Length > 0;
        return Git(repository, "rev-parse", "--short", "HEAD") + (changed ? " with uncommitted changes" : "");
    }

    private static string Git(string repository, params string[] arguments)
    {
        try
        {
            using Process? git = Process.Start(new ProcessStartInfo("git", ["-C", repository, .. arguments]) { RedirectStandardOutput = true });
            return git?.StandardOutput.ReadToEnd().Trim() ?? "unknown";
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return "unknown";
        }
    }
}
