using System.Globalization;
using Chaos.Processes;
using Chaos.Reports;
using Chaos.Scenarios;
using Load.Driver.Processes;

namespace Chaos;

/// <summary>All scenarios, one after the other: each has the machine to itself.</summary>
internal sealed class Suite(Programs programs, string folder)
{
    public static IReadOnlyList<IScenario> Scenarios { get; } =
    [
        new SlowCallers(), new SlowReaders(), new LargeBodies(), new Http2Attacks(), new Overload(), new Refusals(), new RedisTrouble(), new LocalShare(),
        new InfluxOutages(), new BlockedLog(), new Probes(), new Drain(), new KillLoop(), new FewDescriptors(), new SmallHeap(), new FullDisk(), new AbsentParts(),
    ];

    /// <summary>The search for secrets in what the others have left behind.</summary>
    private const string LeakRow = "A4";

    public static bool Knows(string row) => row == LeakRow || Scenarios.Any(scenario => IsOf(scenario, row));

    public async Task<IReadOnlyList<Verdict>> PlayAsync(IReadOnlyList<string> rows, CancellationToken stop)
    {
        var ports = new Ports();
        bool isTimed = !await Neighbours.UseMuchAsync(stop);
        if (!isTimed)
            Console.WriteLine("  Others use this machine: what is held against a clock is shown and does not count.");
        var verdicts = new List<Verdict>();
        IScenario[] chosen = [.. Scenarios.Where(scenario => rows.Count == 0 || rows.Any(row => IsOf(scenario, row)))];
        foreach (IScenario scenario in chosen)
        {
            Console.Write($"  [{verdicts.Count + 1}/{chosen.Length}] {scenario.Rows}: {scenario.Fault} ... ");
            string own = Directory.CreateDirectory(Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"scenario-{verdicts.Count + 1}"))).FullName;
            Verdict verdict = await PlayAsync(scenario, programs, own, ports, isFull: true, isTimed, stop);
            verdicts.Add(verdict);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"{(verdict.Passed ? "pass" : "FAIL")} in {verdict.Took.TotalSeconds:0.0} s: {verdict.Figures}{string.Concat(verdict.Broken.Concat(verdict.Late).Select(static what => $"\n      {what}"))}"));
        }

        if (rows.Count == 0 || rows.Contains(LeakRow))
            verdicts.Add(Leaks.Search(folder));
        return verdicts;
    }

    private static bool IsOf(IScenario scenario, string row) => scenario.Rows.Split('/').Contains(row);

    /// <summary>One scenario, as short as it makes sense, with nothing held against a clock.</summary>
    public static Task<Verdict> PlayBriefAsync(IScenario scenario, Programs programs, string folder, CancellationToken stop) =>
        PlayAsync(scenario, programs, folder, new Ports(), isFull: false, isTimed: false, stop);

    private static async Task<Verdict> PlayAsync(IScenario scenario, Programs programs, string own, Ports ports, bool isFull, bool isTimed, CancellationToken stop)
    {
        long started = TimeProvider.System.GetTimestamp();
        var findings = new Findings();
        await using (var world = new World(programs, own, ports, isFull))
        {
            try
            {
                await scenario.PlayAsync(world, findings, stop);
            }
            catch (Exception error) when (error is not OperationCanceledException || !stop.IsCancellationRequested)
            {
                findings.Must(false, error.Message);
            }
        }

        return new Verdict(scenario.Rows, scenario.Fault, findings.Broken, findings.Late, isTimed, findings.Figures, TimeProvider.System.GetElapsedTime(started));
    }
}
