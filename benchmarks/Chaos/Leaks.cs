using Chaos.Processes;
using Chaos.Reports;

namespace Chaos;

/// <summary>Looks through everything a run has left behind for the secrets it was given.</summary>
internal static class Leaks
{
    public static Verdict Search(string folder)
    {
        long started = TimeProvider.System.GetTimestamp();
        var found = new List<string>();
        int files = 0;
        foreach (string file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Where(static file => !IsConfiguration(file)))
        {
            files++;
            string text = File.ReadAllText(file, System.Text.Encoding.Latin1);
            found.AddRange(Canaries.All.Where(secret => text.Contains(secret, StringComparison.Ordinal)).Select(secret => $"{Path.GetRelativePath(folder, file)} holds \"{secret}\""));
        }

        return new Verdict(
            "A4", "every log, state file and InfluxDB file of this run, searched for the secrets and the prompts it was given", found, [], IsTimed: true,
            $"{found.Count} found in {files} files", TimeProvider.System.GetElapsedTime(started));
    }

    private static bool IsConfiguration(string file) => Path.GetFileName(file) is "config.json";
}
