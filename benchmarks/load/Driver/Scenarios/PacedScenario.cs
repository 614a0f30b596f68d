using Load.Driver.Targets;

namespace Load.Driver.Scenarios;

/// <summary>What a caller waits longer for having the gateway in between, when nothing is near its limits: requests come at a pace, whatever becomes of them.</summary>
internal sealed class PacedScenario : IScenario
{
    private const int Concurrency = 64;
    private const double MaxAdded = 0.5;
    private const string Upstream = "upstream";
    private const string Limited = "gateway+limits";

    private static readonly IReadOnlyDictionary<string, string> NoEnvironment = new Dictionary<string, string>();

    public required LoadPlan Plan { get; init; }

    public required int Rounds { get; init; }

    public required int WarmUps { get; init; }

    public string Name => "paced";

    public string Summary =>
        $"{Plan.Requests} small chat requests at {Plan.PerSecond} a second, plain answers of 16 tokens, on {Plan.Connections} connections, with a client's key and limits";

    public bool FreshProcesses => false;

    public int GatewayConcurrency => Math.Max(Concurrency, Plan.Connections);

    public IReadOnlyList<Metric> Metrics => [Metric.P99, Metric.P50, Metric.RequestsPerSecond, Metric.CpuPerRequest];

    public IReadOnlyList<Limit> Limits => [new Limit(Metric.P99, MaxAdded, Upstream, Limited, IsDifference: true)];

    public IReadOnlyList<Target> TargetsOf(IReadOnlyList<Target> asked) =>
    [
        new Target(Upstream, TargetKind.Upstream, NoEnvironment),
        new Target("bare", TargetKind.Bare, NoEnvironment),
        new Target(Limited, TargetKind.Gateway, NoEnvironment, GatewayShape.Limited),
    ];

    // As fast as it goes: at the pace of the rounds it would take minutes until all that is hot is compiled.
    public Task WarmUpAsync(RunningTarget target, CancellationToken stop) => LoadLoop.RunAsync(Plan with { PerSecond = 0 }, target.Endpoint, stop);

    public async Task<Measurement> RunAsync(RunningTarget target, int round, CancellationToken stop)
    {
        TimeSpan cpuBefore = target.Meter.CpuTime();
        LoadResult load = await LoadLoop.RunAsync(Plan, target.Endpoint, stop);
        TimeSpan cpu = target.Meter.CpuTime() - cpuBefore;
        target.Process.EnsureAlive();
        var values = new Dictionary<Metric, double>
        {
            [Metric.P99] = load.LatencyMilliseconds(0.99),
            [Metric.P50] = load.LatencyMilliseconds(0.50),
            [Metric.RequestsPerSecond] = load.Completed / load.Elapsed.TotalSeconds,
            [Metric.CpuPerRequest] = cpu.TotalMicroseconds / Math.Max(1, load.Completed),
        };
        return new Measurement(target.Target.Name, round, values, load.Errors, load.FirstError);
    }
}
