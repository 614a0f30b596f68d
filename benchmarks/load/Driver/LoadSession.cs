using Load.Driver.Observing;
using Load.Driver.Options;
using Load.Driver.Processes;
using Load.Driver.Reports;
using Load.Driver.Scenarios;
using Load.Driver.Targets;

namespace Load.Driver;

/// <summary>One run of the driver: temporary folder, simulator, all scenarios, report, exit code.</summary>
internal sealed class LoadSession(DriverOptions options, DateOnly today, IReadOnlyList<string> arguments)
{
    // A proxied stream takes two descriptors; the rest is for the runtime, its files and idle connections.
    private const int DescriptorsToSpare = 400;
    private readonly Progress _progress = new();
    private readonly List<string> _notes = [];

    public async Task<int> RunAsync(CancellationToken stop)
    {
        Machine machine = Machine.Read(options.Repository);
        long descriptors = DescriptorLimit.Raise((2L * options.Streams) + DescriptorsToSpare);
        int streams = StreamsWithin(descriptors);
        string folder = Directory.CreateTempSubdirectory("gateway-load-").FullName;
        try
        {
            await using ObservationSink sink = await ObservationSink.StartAsync(stop);
            var launcher = new Launcher(options, folder, descriptors, sink);
            await using Simulator simulator = await launcher.StartSimulatorAsync(stop);
            var run = new LoadRun(options, launcher, simulator, _progress);
            var results = new List<ScenarioResult>();
            foreach (string name in options.Scenarios)
                results.Add(await run.RunAsync(ScenarioCatalog.Create(name, options, streams, simulator, sink), stop));
            return Report(machine, results);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private int StreamsWithin(long descriptors)
    {
        int possible = (int)Math.Min(options.Streams, (descriptors - DescriptorsToSpare) / 2);
        if (possible >= options.Streams || !options.Scenarios.Contains("streams10k"))
            return options.Streams;
        _notes.Add(
            $"a process may hold {descriptors} descriptors here and a proxied stream takes two, "
            + $"so streams10k ran with {possible} instead of {options.Streams} streams");
        _progress.Keep(_notes[^1]);
        return Math.Max(1, possible);
    }

    private int Report(Machine machine, List<ScenarioResult> results)
    {
        Verdict[] verdicts = [.. results.SelectMany(result => Verdict.Of(result, options.Targets))];
        string report = new MarkdownReport(options, machine, results, verdicts).Write(today, arguments, _notes);
        _progress.Keep($"\n{report}");
        if (options.ReportPath is not null)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(options.ReportPath)!);
            File.WriteAllText(options.ReportPath, report);
            _progress.Keep($"written to {options.ReportPath}");
        }

        return verdicts.Any(verdict => verdict is { Binding: true, Passed: false }) ? 1 : 0;
    }
}
