using Load.Driver.Processes;
using Load.Driver.Targets;

namespace Load.Driver.Scenarios;

/// <summary>Runs a plan against a target and divides the CPU time that its process used by the requests, or by the chunks, that it carried.</summary>
internal sealed class CpuScenario : IScenario
{
    private const int Concurrency = 64;

    // What a proxy does after the last answer (records, metrics) belongs to the round too.
    private static readonly TimeSpan Settle = TimeSpan.FromMilliseconds(200);

    private bool CountsChunks => Plan.MinimumEvents > 0;

    private Metric CpuMetric => Limits[0].Metric;

    public required string Name { get; init; }

    public required string Summary { get; init; }

    public required LoadPlan Plan { get; init; }

    /// <summary>All of the same metric.</summary>
    public required IReadOnlyList<Limit> Limits { get; init; }

    /// <summary>The gateway answers from its cache: after the rounds to warm up nothing reaches the upstream.</summary>
    public bool IsCached { get; init; }

    /// <summary>Targets of its own; null measures those the run was asked to.</summary>
    public IReadOnlyList<Target>? OwnTargets { get; init; }

    public required int Rounds { get; init; }

    public required int WarmUps { get; init; }

    public required Simulator Simulator { get; init; }

    public bool FreshProcesses => false;

    public int GatewayConcurrency => Math.Max(Concurrency, Plan.Connections);

    public IReadOnlyList<Metric> Metrics => CountsChunks
        ? [CpuMetric, Metric.ChunksPerRead, Metric.P50, Metric.P99, Metric.Resident]
        : [CpuMetric, Metric.RequestsPerSecond, Metric.P50, Metric.P99, Metric.Resident];

    public IReadOnlyList<Target> TargetsOf(IReadOnlyList<Target> asked) => OwnTargets ?? asked;

    public Task WarmUpAsync(RunningTarget target, CancellationToken stop) => LoadLoop.RunAsync(Plan, target.Endpoint, stop);

    public async Task<Measurement> RunAsync(RunningTarget target, int round, CancellationToken stop)
    {
        ProcessMeter meter = target.Meter;
        long startedBefore = await Simulator.StartedAsync(stop);
        TimeSpan cpuBefore = meter.CpuTime();
        LoadResult load = await LoadLoop.RunAsync(Plan, target.Endpoint, stop);
        await Task.Delay(Settle, TimeProvider.System, stop);
        TimeSpan cpu = meter.CpuTime() - cpuBefore;
        target.Process.EnsureAlive();

        var values = new Dictionary<Metric, double>
        {
            [CpuMetric] = cpu.TotalMicroseconds / Math.Max(1, CountsChunks ? load.Events : load.Completed),
            [Metric.RequestsPerSecond] = load.Completed / load.Elapsed.TotalSeconds,
            [Metric.ChunksPerRead] = (double)load.Events / Math.Max(1, load.Reads),
            [Metric.P50] = load.LatencyMilliseconds(0.50),
            [Metric.P99] = load.LatencyMilliseconds(0.99),
            [Metric.Resident] = meter.ResidentBytes() / 1024.0 / 1024.0,
        };

        long upstream = await Simulator.StartedAsync(stop) - startedBefore;
        int expected = IsCached && target.Target.Kind == TargetKind.Gateway ? 0 : Plan.Requests;
        if (load.Errors == 0 && upstream != expected)
            return new Measurement(target.Target.Name, round, values, 1, $"{Plan.Requests} requests became {upstream} upstream");
        return new Measurement(target.Target.Name, round, values, load.Errors, load.FirstError);
    }
}
