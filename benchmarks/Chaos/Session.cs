using Chaos.Processes;
using Chaos.Reports;
using Chaos.Soak;
using Load.Driver;
using Load.Driver.Processes;

namespace Chaos;

/// <summary>One run: a temporary folder, the processes, the report, the exit code.</summary>
internal sealed class Session(RunOptions options, DateOnly today)
{
    /// <summary>Callers, sockets of slow ones, and whatever the children inherit.</summary>
    private const long Descriptors = 8_192;

    private static readonly string[] Needed = ["redis-server", "influxd", "slowhttptest", "prlimit", "chrt"];

    private readonly string _repository = RepositoryRoot.Find();

    public async Task<int> RunAsync(CancellationToken stop)
    {
        string[] missing = [.. Needed.Where(static name => !Programs.Has(name))];
        if (missing.Length > 0)
            throw new InvalidOperationException($"missing: {string.Join(", ", missing)}; `make servers` as root installs them");

        DescriptorLimit.Raise(Descriptors);
        Machine machine = Machine.Read(_repository);
        string folder = Directory.CreateTempSubdirectory("gateway-chaos-").FullName;
        try
        {
            return options.IsSoak ? await SoakAsync(folder, machine, stop) : await ChaosAsync(folder, machine, stop);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private async Task<int> SoakAsync(string folder, Machine machine, CancellationToken stop)
    {
        int seed = Environment.ProcessId;
        Console.WriteLine($"Soak of {options.Minutes} minutes, seed {seed}: a line a minute");
        await using var world = new World(Programs.Built(_repository), folder, new Ports(), isFull: true);
        SoakReport report = await new SoakRun(world, options.Minutes, seed).RunAsync(stop);
        Keep("soak", report.Write(today, machine), isWhole: true);
        return report.HasPassed ? 0 : 1;
    }

    private async Task<int> ChaosAsync(string folder, Machine machine, CancellationToken stop)
    {
        var suite = new Suite(Programs.Built(_repository), folder);
        IReadOnlyList<Verdict> verdicts = await suite.PlayAsync(options.Rows, stop);
        Keep("chaos", ChaosReport.Write(today, machine, verdicts), isWhole: options.Rows.Count == 0);
        return verdicts.All(static verdict => verdict.Passed) ? 0 : 1;
    }

    /// <summary>Shown, and kept if it tells of everything.</summary>
    private void Keep(string name, string report, bool isWhole)
    {
        Console.WriteLine($"\n{report}");
        if (!isWhole)
            return;
        string path = Path.Combine(Directory.CreateDirectory(Path.Combine(_repository, "benchmarks/results")).FullName, $"{name}-{today:yyyy-MM-dd}.md");
        File.WriteAllText(path, report);
        Console.WriteLine($"written to {path}");
    }
}
